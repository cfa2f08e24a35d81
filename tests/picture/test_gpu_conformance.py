"""The conformance check of a device: measured once, cached, and not passed by a GPU with wrong colours."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from engine import resources
from engine.catalog import Encoding
from engine.doctor import examine
from engine.errors import EngineError
from engine.picture import OutputSpec, Pipeline, check_device, gpu_conformance, require_conformant_device
from engine.picture.gpu_conformance import SUBJECTS
from engine.resources import resource_root

from .frames import linear_planes, picture, rgb_planes


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine without cached results."""
    monkeypatch.setattr(gpu_conformance, "user_cache_path", lambda name: tmp_path / name)
    gpu_conformance._checked.cache_clear()
    yield tmp_path / "Cleanwater"
    gpu_conformance._checked.cache_clear()


@pytest.fixture(scope="module")
def bright_shaders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shaders of a GPU whose view is two percent too bright. Its results are cached beside them."""
    shaders = tmp_path_factory.mktemp("bright") / "shaders"
    shutil.copytree(resource_root("shaders"), shaders)
    view = shaders / "view.wgsl"
    view.write_text(view.read_text().replace("mixed / 65535.0", "mixed / 64250.0"))
    return shaders


@pytest.fixture
def too_bright(cache: Path, bright_shaders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A GPU whose view is two percent too bright, measured by the first test that needs it."""
    monkeypatch.setattr(gpu_conformance, "user_cache_path", lambda name: bright_shaders.parent / name)
    monkeypatch.setattr(resources, "resource_root", lambda kind: bright_shaders)


def test_this_device_matches_opencolorio(cache: Path) -> None:
    verdicts = check_device()

    assert [verdict.fault for verdict in verdicts] == [None] * len(SUBJECTS)
    assert [verdict.subject for verdict in verdicts if verdict.kind == "view"] == ["sdr", "hlg", "pq"]
    assert "hlg-to-pq" in [verdict.subject for verdict in verdicts if verdict.kind == "conversion"]
    require_conformant_device()


def test_results_are_cached_per_device(cache: Path) -> None:
    (first,) = check_device(["sdr"])
    (cached,) = cache.glob("oracle-view-sdr-*.json")
    gpu_conformance._checked.cache_clear()
    cached.write_text(json.dumps({**json.loads(cached.read_text()), "device": "the same, read again"}))

    assert check_device(["sdr"])[0].device == "the same, read again"
    cached.write_text("{")
    gpu_conformance._checked.cache_clear()
    assert check_device(["sdr"]) == [first]


def test_an_encoding_and_a_view_with_one_name_are_checked_separately(cache: Path) -> None:
    encoding_check, view_check = check_device([Encoding.HLG, "hlg"])

    assert (encoding_check.kind, view_check.kind) == ("input", "view")


def measured_subjects(cache: Path) -> list[str]:
    return sorted(path.name.rsplit("-", 1)[0] for path in cache.iterdir())


def test_only_the_subjects_of_a_delivery_are_measured(cache: Path) -> None:
    take = picture(4, 4, Encoding.EXR)

    Pipeline(take, Encoding.EXR, OutputSpec(4, 4)).run(linear_planes(np.full((4, 4, 3), 0.18)))

    assert measured_subjects(cache) == ["oracle-view-sdr"]
    Pipeline(take, Encoding.HLG, OutputSpec(4, 4, "pq", 10)).run(rgb_planes(np.full((4, 4, 3), 0.5)))
    assert measured_subjects(cache) == ["oracle-conversion-hlg-to-pq", "oracle-input-hlg", "oracle-view-sdr"]


def test_a_device_with_wrong_colours_is_refused_for_deliverables_only(too_bright: None) -> None:
    scene = linear_planes(np.full((4, 4, 3), 0.18))
    take = picture(4, 4, Encoding.EXR)

    with pytest.raises(
        EngineError, match="does not reproduce the reference colours: the SDR view differs by ΔE"
    ) as caught:
        Pipeline(take, Encoding.EXR, OutputSpec(4, 4)).run(scene)
    assert "driver" in caught.value.hint
    assert Pipeline(take, Encoding.EXR).linear(scene).shape == (4, 4, 3)
    assert Pipeline(take, Encoding.EXR).view_rgb8(scene).shape == (4, 4, 3)


def test_doctor_reports_a_device_with_wrong_colours(too_bright: None, tmp_path: Path) -> None:
    finding = next(found for found in examine(tmp_path) if found.name == "gpu colours")

    assert not finding.ok
    assert finding.needed
    assert "SDR view differs by ΔE" in finding.found
    assert finding.fix
