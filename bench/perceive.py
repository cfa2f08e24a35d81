"""Processor time of perceive for each frame of footage, and its peak memory over many frames."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Generator
from fractions import Fraction
from pathlib import Path

import numpy as np

from bench.condition import repeat
from engine.ingest import inspect, picture_transform
from engine.perception import (
    AnalysedTake,
    AnalysisFrame,
    ProductKind,
    ProviderSet,
    analysis_frames,
    choose_face_provider,
    choose_mask_provider,
    open_flow_provider,
    write_perception,
)
from engine.picture import small_size
from fixtures.short_clip import Clip, write_clip

# Seconds of footage whose processor time is measured, after some that compile and warm up.
_SECONDS, _WARM = 7, 1
LONG = 10_000
_CASES: tuple[tuple[str, tuple[int, int], int, tuple[ProductKind, ...]], ...] = (
    ("frames only, 720p", (1280, 720), 270, ()),
    ("mask, 720p", (1280, 720), 270, ("person_mask",)),
    ("mask and flow, 720p", (1280, 720), 270, ("person_mask", "optical_flow")),
    ("mask and flow, 720p, at 360 lines", (1280, 720), 360, ("person_mask", "optical_flow")),
    ("mask, flow and faces, 720p", (1280, 720), 270, ("person_mask", "optical_flow", "face")),
    ("frames only, 1080p", (1920, 1080), 270, ()),
    ("mask, 1080p", (1920, 1080), 270, ("person_mask",)),
    ("mask, 1080p, at 360 lines", (1920, 1080), 360, ("person_mask",)),
)


def run() -> None:
    """Prints processor milliseconds per frame, the rate that two cores reach with them, and the peak memory."""
    print("| | ms a frame | frames a second on 2 cores |\n| --- | ---: | ---: |")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for name, size, edge, kinds in _CASES:
            clip = Clip("clip.mov", "mov", "libx264", None, Fraction(2), size=size, rate=30, gop=30)
            path = repeat(write_clip(folder / f"{size[1]}.mov", clip), folder / f"{size[1]}-long.mov", _SECONDS + _WARM)
            taken = _processor_seconds(path, edge, kinds, folder / name)
            frames = _SECONDS * 30
            print(f"| {name} | {1000 * taken / frames:.1f} | {2 * frames / taken:.0f} |", flush=True)
    words = [sys.executable, "-m", "bench.perceive", str(LONG)]
    found = json.loads(subprocess.run(words, check=True, capture_output=True, text=True).stdout)
    print(f"\nPeak memory over {LONG} frames of 640 × 360: {found['mebibytes']} MiB")


def open_all(kinds: tuple[ProductKind, ...]) -> ProviderSet:
    """The providers of these products on this machine."""
    mask = choose_mask_provider()[0] if "person_mask" in kinds else None
    face = choose_face_provider()[0] if "face" in kinds else None
    flow = open_flow_provider() if mask or "optical_flow" in kinds else None
    return ProviderSet(mask, flow, None, face, keep_flow="optical_flow" in kinds)


def _processor_seconds(path: Path, edge: int, kinds: tuple[ProductKind, ...], out: Path) -> float:
    footage = inspect(path)
    picture, grid, transform = footage.probe.picture, footage.grid, picture_transform(footage, None)
    assert picture
    assert grid
    assert transform

    def frames(first: int, stop: int) -> Generator[AnalysisFrame]:
        return analysis_frames(path, picture, transform, grid, short_edge=edge, first=first, stop=stop)

    def analyse(ticks: range, folder: Path) -> None:
        if not kinds:
            for _ in frames(ticks.start, ticks.stop):
                pass
            return
        take = AnalysedTake(path.name, "", grid.rate, ticks, small_size(picture, edge))
        write_perception(folder, take, providers, frames)

    providers = open_all(kinds)
    analyse(range(_WARM * 30), out.with_suffix(".warm"))
    before = _used()
    analyse(range(_WARM * 30, (_WARM + _SECONDS) * 30), out)
    providers.close()
    return _used() - before


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def moving_frames(first: int, stop: int, count: int, height: int = 360) -> Generator[AnalysisFrame]:
    """Frames of a texture that moves to and fro."""
    width = height * 16 // 9
    texture = np.random.default_rng(1).integers(0, 255, (height // 4, width // 4 + 32, 3), np.uint8)
    texture = texture.repeat(4, 0).repeat(4, 1)
    for number in range(first, min(stop, count)):
        left = abs(number % 128 - 64)
        yield AnalysisFrame(number, Fraction(number, 30), np.ascontiguousarray(texture[:height, left : left + width]))


def peak_mebibytes(count: int, height: int = 360) -> float:
    """The peak memory of this process after masks, flow and faces of so many frames."""
    with tempfile.TemporaryDirectory() as scratch:
        take = AnalysedTake("long", "", Fraction(30), range(count), (height * 16 // 9, height))
        providers = open_all(("person_mask", "optical_flow", "face"))
        write_perception(
            Path(scratch) / "pass", take, providers, lambda first, stop: moving_frames(first, stop, count, height)
        )
        providers.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


if __name__ == "__main__":
    print(json.dumps({"mebibytes": round(peak_mebibytes(*map(int, sys.argv[1:])))}))
