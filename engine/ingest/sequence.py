"""Sequences of numbered OpenEXR frames as takes."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

from engine.catalog import Capture, Damage, Encoding, Picture, Probe
from engine.errors import RequestError
from engine.ingest.extents.exr import is_whole_exr
from engine.ingest.shape import pixel_aspect, upright_size
from engine.picture import (
    exr_info,
    frame_number,
    frame_step,
    frame_ticks,
    is_pattern,
    read_exr,
    sequence_files,
    sequence_patterns,
    sequence_stem,
)
from engine.time import FrameGrid

_DEFAULT_RATE = Fraction(24)


def sequence_name(path: Path) -> str:
    """Return the take name of a sequence: its folder's name, or its pattern without the number."""
    return sequence_stem(path) if is_pattern(path) else path.name


def not_one_sequence(folder: Path) -> RequestError:
    """Return the error for a folder that is not a single sequence, with the sequences in it."""
    patterns = sequence_patterns(folder)
    if not patterns:
        return RequestError(f"{folder.name} is a folder without EXR frames.", "Choose a file, or a folder of frames.")
    names = ", ".join(pattern.name for pattern in patterns)
    return RequestError(
        f"{folder.name} contains more than one sequence: {names}."
        if len(patterns) > 1
        else f"{folder.name} contains a sequence among other files: {names}.",
        f"Choose one, such as '{patterns[0]}'. Ingest creates a take for each.",
    )


def inspect_sequence(path: Path) -> tuple[Probe, FrameGrid]:
    """Probe a folder of frames, a pattern, or one frame. The first complete frame's header applies to all.

    A missing number is a gap of one frame. Raises EngineError if no frame is complete.
    """
    frames = sequence_files(path)
    ticks = frame_ticks(frames)
    whole = [is_whole_exr(frame) for frame in frames]
    # If none is complete, reading the first one raises its own error.
    info = exr_info(frames[whole.index(True) if True in whole else 0])
    if True not in whole:
        read_exr(frames[0])
    notes = []
    rate = info.frame_rate
    if rate is None:
        rate = _DEFAULT_RATE
        notes.append(f"no framesPerSecond attribute: {rate} fps assumed")
    if info.chromaticities is None:
        notes.append("no chromaticities attribute: ACEScg assumed")
    shown = [bisect_right(ticks, tick) - 1 for tick in range(ticks[-1] + 1)]
    grid = FrameGrid(rate, 1 / rate, tuple(ticks), tuple(shown), False)
    damage = (*_holes(frames, ticks, rate), *_cut(frames, ticks, whole, rate))
    if len(ticks) <= ticks[-1]:
        notes.append(f"frame numbers imply {ticks[-1] + 1} frames, {len(ticks)} exist")
    if frame_step(frames) != 1 and len(frames) > 1:
        notes.append("frame numbers are not consecutive: the frames are shown one after the other")
    aspect, said = pixel_aspect(info.pixel_aspect, None)
    display_width, display_height = upright_size(info.width, info.height, aspect, 0)
    notes += (*said, *info.notes)
    picture = Picture(
        index=0,
        codec="exr",
        pixel_format="rgb-float",
        width=info.width,
        height=info.height,
        display_width=display_width,
        display_height=display_height,
        pixel_aspect=aspect,
        alpha=info.alpha,
        frame_rate=rate,
        frames=len(frames),
        encoding=Encoding.EXR,
        input_transform=Encoding.EXR,
        full_range=True,
    )
    notes.append("no sound")
    probe = Probe(
        picture=picture, capture=Capture(), duration=grid.duration, original=True, notes=tuple(notes), damage=damage
    )
    return probe, grid


def _holes(frames: Sequence[Path], ticks: Sequence[int], rate: Fraction) -> Iterator[Damage]:
    """Yield a damage record for each run of missing frame numbers."""
    step = frame_step(frames)
    for number, (before, after) in enumerate(pairwise(ticks)):
        if after > before + 1:
            first = frame_number(frames[number]) + step
            last = frame_number(frames[number + 1]) - step
            named = f"Frame {first} is missing" if first == last else f"Frames {first}–{last} are missing"
            yield Damage(
                kind="missing",
                media="picture",
                track=0,
                start=(before + 1) / rate,
                end=after / rate,
                count=after - before - 1,
                detail=f"{named}: no such file." if first == last else f"{named}: no files have these numbers.",
            )


def _cut(frames: Sequence[Path], ticks: Sequence[int], whole: Sequence[bool], rate: Fraction) -> Iterator[Damage]:
    """Yield a damage record for each frame whose file is incomplete."""
    for frame, tick, good in zip(frames, ticks, whole, strict=True):
        if not good:
            yield Damage(
                kind="missing",
                media="picture",
                track=0,
                start=tick / rate,
                end=(tick + 1) / rate,
                count=1,
                detail=f"{frame.name} is cut short, or not an OpenEXR file.",
            )
