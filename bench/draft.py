"""Time to make a draft proxy of 1080p HLG, against real time and against ffmpeg commands that scale first."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

from bench.comparison import RUNS, ffmpeg_with_zscale, tone_mapped
from bench.condition import repeat
from engine.catalog import Encoding
from engine.ingest import inspect
from engine.picture import write_draft
from fixtures.short_clip import Clip, write_clip

_SECONDS = 30
_CLIP = Clip(
    "clip.mov", "mov", "libx265", None, Fraction(2), size=(1920, 1080), rate=30, gop=30, pixel_format="yuv420p10le",
    more={"x265-params": "bframes=0:bitrate=10000:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc"},
)  # fmt: skip


def run() -> None:
    """Prints the median of alternating runs in seconds, and as a share of real time."""
    ffmpeg = ffmpeg_with_zscale()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        path = repeat(write_clip(folder / "clip.mov", _CLIP), folder / "take.mov", _SECONDS)
        footage = inspect(path)
        picture, grid = footage.probe.picture, footage.grid
        assert picture
        assert grid

        def command(filters: str) -> Callable[[], Any]:
            encode = ["-c:v", "libx264", "-preset", "ultrafast", "-crf", "26", "-g", "15", str(folder / "peer.mp4")]
            words = [ffmpeg, "-y", "-v", "error", "-i", str(path), "-vf", filters, *encode]
            return lambda: subprocess.run(words, check=True)

        methods: dict[str, Callable[[], Any]] = {
            "draft": lambda: write_draft(folder / "draft.mp4", path, picture, Encoding.HLG, grid),
            "ffmpeg, scaled, without conversion": command("scale=480:270,format=yuv420p"),
            "ffmpeg, scaled, tone-mapped": command(tone_mapped(480, 270, scaled_first=True)),
        }
        taken: dict[str, list[float]] = {name: [] for name in methods}
        for _ in range(RUNS):
            for name, method in methods.items():
                started = time.monotonic()
                method()
                taken[name].append(time.monotonic() - started)
    print(f"{_SECONDS} s of 1920×1080 HLG HEVC → 480×270 SDR H.264, median of {RUNS} runs\n")
    print("| | s | of real time |\n| --- | ---: | ---: |")
    for name, times in taken.items():
        median = statistics.median(times)
        print(f"| {name} | {median:.1f} | {median / _SECONDS:.2f} |")
