"""Titles as ProRes 4444 with alpha: the processor time of drawing, and of all, beside the length of the title."""

from __future__ import annotations

import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from bench.measurement import measure
from engine.titles import TitleRenderer, load_title, title_frames

_RATE, _SECONDS = Fraction(25), Fraction(10)
_CASES = (
    ("intro", (1920, 1080)),
    ("intro", (3840, 2160)),
    ("intro", (1080, 1920)),
    ("title", (1920, 1080)),
    ("lower-third", (1920, 1080)),
    ("captions", (1920, 1080)),
)


def run() -> None:
    """Prints, for titles of 10 s at 25 frames per second, the processor seconds of each part and of the command."""
    print(f"{_SECONDS} s at {_RATE} frames per second, CPU seconds; real time on one core is {_SECONDS}\n")
    print("| template | picture | prepare | draw | `cwtui title render -o x.mov` | MB |")
    print("| --- | --- | ---: | ---: | ---: | ---: |")
    command = Path(sys.executable).with_name("cwtui")
    with tempfile.TemporaryDirectory() as scratch:
        for name, size in _CASES:
            start = time.process_time()
            renderer = TitleRenderer(load_title(name), {}, size, _SECONDS)
            prepared = time.process_time()
            for _ in title_frames(renderer, _RATE):
                pass
            drawn = time.process_time()
            out = Path(scratch) / f"{name}-{size[0]}.mov"
            whole = measure(
                [str(command), "title", "render", name, "--for", str(_SECONDS), "--rate", str(_RATE), "--size",
                 f"{size[0]}x{size[1]}", "-o", str(out), "--studio", scratch]
            )  # fmt: skip
            print(
                f"| {name} | {size[0]} × {size[1]} | {prepared - start:.2f} | {drawn - prepared:.2f} | "
                f"{whole.processor:.1f} | {out.stat().st_size / 1e6:.0f} |"
            )
