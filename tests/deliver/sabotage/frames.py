"""Saboteurs of numbered OpenEXR frames."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import xxhash

from engine.deliver.checks import Finished
from engine.file_digest import sha256_of
from engine.picture import read_exr
from tests.deliver.sabotage.saboteur import saboteur

Change = Callable[[dict[str, Any], Any], Any]
_REC709 = (0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329)


@saboteur("sequence-frames", "exr")
def added_frame(good: Finished, path: Path) -> None:
    """Somebody adds a frame after the last one."""
    first, *_, last = _frames(good, path)
    shutil.copyfile(first, last.with_name(last.name.replace("2.exr", "3.exr")))


@saboteur("sequence-numbers", "exr", also=("sequence-frames",), because="the frame does not belong to the sequence")
def far_frame(good: Finished, path: Path) -> None:
    """Another program leaves a frame with a number far from the others."""
    first = _frames(good, path)[0]
    shutil.copyfile(first, first.with_name("comp.0001001.exr"))


@saboteur(
    "sequence-opens", "exr", also=("sequence-frames", "sequence-numbers"), because="the frame is not in the folder"
)
def lost_frame(good: Finished, path: Path) -> None:
    """A frame in the middle is removed."""
    _frames(good, path)[1].unlink()


@saboteur("sequence-opens", "exr")
def cut_frame(good: Finished, path: Path) -> None:
    """A copy of a frame ends early."""
    frame = _frames(good, path)[2]
    frame.write_bytes(frame.read_bytes()[:-200])


@saboteur("sequence-files", "exr")
def changed_header(good: Finished, path: Path) -> None:
    """An editor changes a text in the header of a frame."""
    frame = _frames(good, path)[0]
    frame.write_bytes(frame.read_bytes().replace(b"cleanwater:take", b"cleanwater:tale"))


@saboteur("sequence-size", "exr")
def narrow_frame(good: Finished, path: Path) -> Finished:
    """The renderer makes a frame of half the width."""
    return _written_otherwise(good, path, lambda header, pixels: pixels[:, ::2])


@saboteur("sequence-samples", "exr")
def turned_samples(good: Finished, path: Path) -> Finished:
    """The writer turns the samples of a frame upside down."""
    return _written_otherwise(good, path, lambda header, pixels: pixels[::-1], as_rendered=False)


@saboteur("sequence-samples", "exr")
def whole_floats(good: Finished, path: Path) -> Finished:
    """The writer makes whole floats of half floats."""
    return _written_otherwise(good, path, lambda header, pixels: pixels.astype(np.float32))


@saboteur("sequence-finite", "exr")
def infinite_sample(good: Finished, path: Path) -> Finished:
    """The renderer divides by 0 in a sample."""

    def divide(_: dict[str, Any], pixels: Any) -> Any:
        pixels[5, 5] = np.inf
        return pixels

    return _written_otherwise(good, path, divide)


@saboteur("sequence-primaries", "exr")
def other_primaries(good: Finished, path: Path) -> Finished:
    """The header of a frame names the primaries of Rec.709."""

    def name(header: dict[str, Any], pixels: Any) -> Any:
        header["chromaticities"] = _REC709
        return pixels

    return _written_otherwise(good, path, name)


@saboteur("sequence-rate", "exr")
def other_rate(good: Finished, path: Path) -> Finished:
    """The header of a frame names 24 frames per second."""

    def name(header: dict[str, Any], pixels: Any) -> Any:
        header["framesPerSecond"] = Fraction(24)
        return pixels

    return _written_otherwise(good, path, name)


@saboteur("sequence-picture", "exr")
def black_frames(good: Finished, path: Path) -> Finished:
    """The renderer makes black frames."""
    for number in range(3):
        good = _written_otherwise(good, path, lambda header, pixels: pixels * 0, number)
    return good


def _frames(good: Finished, path: Path) -> list[Path]:
    assert good.frames
    return [path.parent / good.frames.folder / name for name in good.frames.names]


def _written_otherwise(
    good: Finished, path: Path, change: Change, number: int = 1, *, as_rendered: bool = True
) -> Finished:
    """Writes a frame again; its digests, and those of its samples if they are as rendered, are those of this file."""
    assert good.frames
    frame = _frames(good, path)[number]
    with OpenEXR.File(str(frame)) as file:
        header, pixels = dict(file.header()), np.array(file.channels()["RGB"].pixels)
    pixels = np.ascontiguousarray(change(header, pixels))
    box = (np.zeros(2, np.int32), np.array([pixels.shape[1] - 1, pixels.shape[0] - 1], np.int32))
    header |= {"dataWindow": box, "displayWindow": box}
    del header["channels"]
    with OpenEXR.File(header, {"RGB": pixels}) as file:
        file.write(str(frame))
    samples = good.frames.digests[frame.name][1]
    if as_rendered:
        samples = xxhash.xxh3_128_hexdigest(read_exr(frame).pixels.astype(np.float16).data)
    digests = {**good.frames.digests, frame.name: (sha256_of(frame), samples)}
    return replace(good.moved_to(path), frames=replace(good.frames, digests=digests))
