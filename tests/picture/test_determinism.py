"""The same frame has the same bytes: in the same or a new process, with tables baked or from the cache."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from engine.catalog import Encoding
from engine.picture import OutputSpec, Pipeline, View

from .frames import picture
from .test_pipeline import digest, hlg_frame

_COLD = """
import sys
sys.path.insert(0, sys.argv[1])
from picture_tests.test_determinism import frame_digest
print(frame_digest(sys.argv[2]))
"""


def frame_digest(view: View) -> str:
    """The digest of one frame in this view, at half size, by this process."""
    take = picture(640, 360, Encoding.HLG, primaries=9, matrix=9, rotation=90)
    spec = OutputSpec(180, 320, view, 8 if view == "sdr" else 10)
    return digest(Pipeline(take, Encoding.HLG, spec).run(hlg_frame(640, 360), None, 7))


@pytest.mark.parametrize("view", [pytest.param("sdr", marks=pytest.mark.slow), "pq"])
def test_a_new_process_renders_the_same_bytes_as_a_warm_one(view: View, tmp_path: Path) -> None:
    (tmp_path / "picture_tests").symlink_to(Path(__file__).parent)
    warm = frame_digest(view)

    cold = [
        subprocess.run(
            [sys.executable, "-c", _COLD, str(tmp_path), view],
            env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / cache), "HOME": str(tmp_path / cache)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
        for cache in ("cache", "cache")
    ]

    assert cold == [warm] * 2
