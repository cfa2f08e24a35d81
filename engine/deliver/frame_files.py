"""Writes the numbered OpenEXR frames of a delivery, each atomically, and continues an earlier attempt."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import xxhash
from numpy.typing import NDArray

from engine.atomic_files import make_folder
from engine.deliver.checks import Finished, WrittenFrames
from engine.deliver.frame_proof import sequence_digest
from engine.deliver.frames_recipe import FramesRecipe
from engine.deliver.movie import PictureStream
from engine.deliver.outputs import Outputs, Progress
from engine.deliver.ownership import FRAMES_SUFFIX
from engine.deliver.receipt import FrameSequence
from engine.deliver.request import Programme
from engine.errors import Cancelled, EngineError, FileInTheWayError
from engine.file_digest import sha256_of
from engine.picture import FrameEntry, SequenceRecord, write_exr
from engine.units import format_bytes

DIGITS = 7
_JOURNAL = "frames.jsonl"
_AT_ONCE = 8

Light = NDArray[Any]
"""Scene-linear ACEScg, (height, width, 3 or 4)."""


class FrameFacts(Protocol):
    """What a programme says about each of its frames, counted from its first."""

    @property
    def first_tick(self) -> int:
        """The tick of the first frame, which numbers it."""

    @property
    def frames(self) -> int:
        """The number of frames."""

    def header(self, frame: int) -> Mapping[str, Any]:
        """Keyword arguments of `write_exr`: frame_rate, timecode, attributes."""


@dataclass(frozen=True, slots=True)
class FrameNames:
    """The names of a sequence: `NAME/NAME.0000000.exr`, numbered from `first`."""

    name: str
    first: int
    frames: int

    def of(self, frame: int) -> str:
        """The file name of a frame, counted from the first."""
        return f"{self.name}.{self.first + frame:0{DIGITS}d}.exr"

    @property
    def pattern(self) -> str:
        """The file names, with # for each digit."""
        return f"{self.name}.{'#' * DIGITS}.exr"

    def __iter__(self) -> Iterator[str]:
        """All file names, in order."""
        return map(self.of, range(self.frames))


def write_frame_files(
    order: Programme,
    recipe: FramesRecipe,
    pictures: PictureStream[Light],
    facts: FrameFacts,
    folder: Path,
    made: Outputs,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Writes the frames below `folder`, checks them and lists them in `NAME.frames.jsonl`.

    Frames of an earlier attempt are kept; those of an earlier delivery of these names are replaced if `made` allows
    it. Raises FileInTheWayError for other frames in their folder, EngineError if the disk has no room for them, before
    the first one is written, Cancelled, and errors as `PictureStream.finish`.
    """
    size = order.frame_size
    assert size
    names = _names(order, recipe, facts)
    place, listing = folder / order.file_name, folder / f"{order.file_name}{FRAMES_SUFFIX}"
    make_folder(place)
    make_folder(made.work)
    journal = SequenceRecord(made.work / _JOURNAL)
    key = order.recipe.digest[:16]
    replaced = _refuse_others(place, names, journal, listing if listing.name in made.replaced else None)
    missing = [n for n, name in enumerate(names) if not _is_written(journal.frame(place / name, n, key), place / name)]
    _refuse_without_room(order, len(missing) * recipe.most_bytes(*size), place)
    journal.making(key, {"recipe": order.recipe.name, "recipe_digest": order.recipe.digest})
    done = names.frames - len(missing)
    for stretch in _runs(missing):
        pixels = {}
        for frame, light in zip(stretch, pictures.frames(stretch), strict=True):
            if cancelled and cancelled():
                raise Cancelled("Stopped.", "Deliver again to resume; finished frames are kept.")
            if progress:
                progress(done, names.frames, "frames", order.label)
            path = place / names.of(frame)
            journal.begin(path, frame, key)
            write_exr(path, light, half=recipe.bits == 16, compression=recipe.compression, **facts.header(frame))
            pixels[frame] = pixel_digest(light, recipe.bits)
            done += 1
        # From now on, what decoding found in these frames is stored too.
        for frame, digest in pixels.items():
            journal.keep(place / names.of(frame), frame, key, (f"pixels {digest}",))
    made.notes += pictures.finish()
    for name in replaced - set(names):
        (place / name).unlink()
    entries = [entry for n, name in enumerate(names) if (entry := journal.frame(place / name, n, key))]
    with made.file(listing, "frames") as unfinished:
        _write_listing(unfinished, entries)
    if progress:
        progress(names.frames, names.frames, "frames", order.label)
    wanted = {entry.frame: (entry.sha256 or "", entry.notes[0].removeprefix("pixels ")) for entry in entries}
    rate = facts.header(0).get("frame_rate")
    written = WrittenFrames(
        folder=place.name,
        names=list(names),
        digests=wanted,
        size=size,
        rate=rate,
        source=pictures.content,
        cancelled=cancelled,
    )
    made.check(Finished(path=listing, kind="images", order=order, frames=written), listing)
    made.sequence = FrameSequence(
        folder=place.name,
        pattern=names.pattern,
        first=names.first,
        frames=names.frames,
        width=size[0],
        height=size[1],
        bytes=sum(entry.bytes or 0 for entry in entries),
        digest=sequence_digest(entries),
    )
    (made.work / _JOURNAL).unlink(missing_ok=True)


def pixel_digest(light: Light, bits: int) -> str:
    """The XXH3-128 of a frame's samples as they are stored: half or whole floats, limited to finite values."""
    kind = np.float16 if bits == 16 else np.float32
    limit = float(np.finfo(kind).max)
    return xxhash.xxh3_128_hexdigest(np.ascontiguousarray(np.clip(light, -limit, limit), dtype=kind).data)


def _names(order: Programme, recipe: FramesRecipe, facts: FrameFacts) -> FrameNames:
    first = facts.first_tick if recipe.first_number is None else recipe.first_number
    return FrameNames(order.file_name, first, facts.frames)


def _is_written(known: FrameEntry | None, path: Path) -> bool:
    return bool(known and known.sha256 and path.is_file() and path.stat().st_size == known.bytes)


def _refuse_others(place: Path, names: FrameNames, journal: SequenceRecord, listing: Path | None) -> set[str]:
    """The names of an earlier delivery's frames, by its `listing`. FileInTheWayError for any other frame."""
    began = {entry.frame for entry in journal.entries}
    before = {entry.frame: entry for entry in SequenceRecord(listing).entries} if listing else {}
    replaced = set()
    for path in sorted(place.glob("[!.]*.exr")):
        if path.name in began:
            continue
        known = before.get(path.name)
        if known is None or path.stat().st_size != known.bytes or sha256_of(path) != known.sha256:
            what = "has changed since it was delivered" if known else "exists and is not a frame of this delivery"
            raise FileInTheWayError(f"{path} {what}.", "Choose another folder with -o, or move that file away.")
        replaced.add(path.name)
    return replaced


def _refuse_without_room(order: Programme, needed: int, place: Path) -> None:
    free = shutil.disk_usage(place).free
    if needed > free:
        raise EngineError(
            f"The frames of {order.label} need up to {format_bytes(needed)}; "
            f"the disk of {place.parent} has {format_bytes(free)} free.",
            "Free up space, deliver a shorter stretch, or choose another folder with -o.",
        )


def _runs(frames: Sequence[int]) -> Iterator[range]:
    """Consecutive frames as short ranges: a killed attempt repeats at most one."""
    for _, run in groupby(enumerate(frames), key=lambda pair: pair[1] - pair[0]):
        first, *rest = (frame for _, frame in run)
        whole = range(first, first + len(rest) + 1)
        for start in range(0, len(whole), _AT_ONCE):
            yield whole[start : start + _AT_ONCE]


def _write_listing(path: Path, entries: Sequence[FrameEntry]) -> None:
    record = SequenceRecord(path)
    record.add(entries)
    record.tidy()
