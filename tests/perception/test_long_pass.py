"""A pass over many frames keeps its memory."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest


@pytest.mark.slow
def test_ten_thousand_frames_stay_below_one_and_a_half_gigabytes() -> None:
    """The frames are small, so that a leak of products, files or GPU resources for each frame is most of the memory."""
    words = [sys.executable, "-m", "bench.perceive"]
    peaks = [
        json.loads(subprocess.run([*words, str(count), "90"], check=True, capture_output=True).stdout)["mebibytes"]
        for count in (500, 10_000)
    ]
    assert peaks[1] < 1500
    # 10 KiB a frame would be noticed.
    assert peaks[1] - peaks[0] < 100
