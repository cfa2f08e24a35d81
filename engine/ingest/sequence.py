"""A folder of numbered OpenEXR frames is one take."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from engine.catalog import Capture, Encoding, Picture, Probe
from engine.picture import exr_info, sequence_frames
from engine.time import FrameGrid

_DEFAULT_RATE = Fraction(24)


def inspect_sequence(path: Path) -> tuple[Probe, FrameGrid]:
    """Looks at a folder of frames, or at one frame: the first header speaks for all. EngineError where it is broken."""
    frames = sequence_frames(path) if path.is_dir() else [path]
    info = exr_info(frames[0])
    notes = []
    rate = info.frame_rate
    if rate is None:
        rate = _DEFAULT_RATE
        notes.append(f"no framesPerSecond attribute: {rate} frames a second assumed")
    if info.chromaticities is None:
        notes.append("no chromaticities attribute: ACEScg assumed")
    grid = FrameGrid(rate, 1 / rate, tuple(range(len(frames))), tuple(range(len(frames))), False)
    picture = Picture(
        index=0,
        codec="exr",
        pixel_format="rgb-float",
        width=info.width,
        height=info.height,
        display_width=info.width,
        display_height=info.height,
        frame_rate=rate,
        frames=len(frames),
        encoding=Encoding.EXR,
        input_transform=Encoding.EXR,
        full_range=True,
    )
    notes.append("no sound")
    probe = Probe(picture=picture, capture=Capture(), duration=grid.duration, original=True, notes=tuple(notes))
    return probe, grid
