"""UHD 10-bit HLG to a 720p SDR review proxy, against an equivalent ffmpeg command."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bench.comparison import RUNS, ffmpeg_with_zscale, measure_alternating, print_table, tone_mapped, uhd_take


def run() -> None:
    """Measures each command on the UHD take of the sample shoot, alternating, and prints a table."""
    ffmpeg = ffmpeg_with_zscale()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film, frames = uhd_take(folder, 4)
        encode = ["-c:v", "libx264", "-preset", "veryfast", "-crf", "18", "-g", "30", str(folder / "ffmpeg.mp4")]
        peer = [ffmpeg, "-y", "-v", "error", "-i", str(film), "-vf"]
        ours = str(Path(sys.executable).with_name("cwtui"))
        runs = measure_alternating(
            {
                "cwtui deliver review-proxy": [ours, "deliver", "review-proxy", str(film), "-o", str(folder / "out")],
                "ffmpeg, tone-mapped at full size": [*peer, tone_mapped(1280, 720), *encode],
                "ffmpeg, scaled first": [*peer, tone_mapped(1280, 720, scaled_first=True), *encode],
            },
            folder,
        )
    print(f"UHD 10-bit HLG HEVC → 1280×720 SDR H.264, {frames} frames, median of {RUNS} runs\n")
    print_table(frames, runs)
