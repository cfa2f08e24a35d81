"""Gives a finished track several sample entries, each for runs of its samples (ISO/IEC 14496-12, 8.5.2 and 8.7.4)."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from pathlib import Path

from engine.errors import EngineError
from engine.isobmff.boxes import child_boxes
from engine.isobmff.editor import EditableBox, read_index

# Bytes of a visual sample entry before its boxes.
_VISUAL_ENTRY = 78
# The most bytes by which a run of samples enlarges the tables: a chunk offset and three entries of `stsc`.
_RUN_BYTES = 8 + 3 * 12
# What a further sample entry has besides its configuration.
_ENTRY_BYTES = 512
_CONFIGURATIONS = ("avcC", "hvcC")
_RESERVE_FIELDS = ("comment", "title", "artist", "album", "copyright", "description", "synopsis", "grouping")
_LONGEST_FIELD = 60_000


@dataclass(frozen=True, slots=True)
class SampleRun:
    """Consecutive samples of a track, in decoding order, that share the decoder `configuration` (`avcC`, `hvcC`)."""

    samples: int
    configuration: bytes


@dataclass(slots=True)
class _Chunk:
    """Consecutive samples in one place of the file; `entry` is the number of their sample entry, from 1."""

    offset: int
    samples: int
    entry: int = 1


def reserve(runs: Sequence[SampleRun]) -> dict[str, str]:
    """Return metadata that reserves the space in a movie's index which `set_sample_entries` needs and removes again.

    Raises EngineError if that is more than the fields of an index can reserve.
    """
    further = {run.configuration for run in runs}
    missing = _ENTRY_BYTES + _RUN_BYTES * len(runs) + sum(_ENTRY_BYTES + len(one) for one in further)
    found: dict[str, str] = {}
    for field in _RESERVE_FIELDS:
        if missing > 0:
            found[field] = " " * min(missing, _LONGEST_FIELD)
            missing -= _LONGEST_FIELD
    if missing > 0:
        raise EngineError("The film joins too many copied stretches.", 'Set copy = "never" in the recipe\'s [picture].')
    return found


def set_sample_entries(path: Path, track: int, runs: Sequence[SampleRun]) -> None:
    """Give each run of a picture track, which has one sample entry, an entry with the configuration of the run.

    The index keeps its size and place: the entries replace the metadata of `reserve`. Raises EngineError if the runs
    do not match the track, or if there is not enough space.
    """
    with path.open("rb+") as file:
        found = read_index(file)
        if found is None:
            raise EngineError(f"{path.name} has no index.", "Create the movie again.")
        place, moov = found
        _describe(moov.all("trak")[track].find("mdia", "minf", "stbl"), runs, path.name)
        _forget_reserve(moov)
        spare = place.end - place.start - len(moov.to_bytes())
        if spare < 8:
            raise EngineError(f"The index of {path.name} has no space for its sample entries.", "Report this bug.")
        moov.children.append(EditableBox("free", bytes(spare - 8)))
        file.seek(place.start)
        file.write(moov.to_bytes())
        file.flush()
        os.fsync(file.fileno())


def _describe(tables: EditableBox, runs: Sequence[SampleRun], name: str) -> None:
    entries = tables.find("stsd")
    first = entries.children[0]
    configurations = list(dict.fromkeys(run.configuration for run in runs))
    entries.children = [EditableBox(first.kind, _with_configuration(first.fields, one)) for one in configurations]
    entries.fields = entries.fields[:4] + struct.pack(">I", len(entries.children))
    sizes = _sizes(tables.find("stsz").fields)
    if sum(run.samples for run in runs) != len(sizes):
        raise EngineError(f"{name} has {len(sizes)} pictures, and not those that it should have.", "Deliver it again.")
    chunks = list(_split(list(_chunks(tables)), sizes, runs, configurations))
    kind = "co64" if tables.all("co64") else "stco"
    form = ">Q" if kind == "co64" else ">I"
    offsets = b"".join(struct.pack(form, chunk.offset) for chunk in chunks)
    tables.find(kind).fields = struct.pack(">II", 0, len(chunks)) + offsets
    said = [
        struct.pack(">III", number, chunk.samples, chunk.entry)
        for number, (before, chunk) in enumerate(pairwise([None, *chunks]), 1)
        if chunk and (before is None or (before.samples, before.entry) != (chunk.samples, chunk.entry))
    ]
    tables.find("stsc").fields = struct.pack(">II", 0, len(said)) + b"".join(said)


def _with_configuration(entry: bytes, configuration: bytes) -> bytes:
    """A visual sample entry with another decoder configuration, and its other boxes."""
    boxes = [
        EditableBox(kind, configuration if kind in _CONFIGURATIONS else bytes(payload)).to_bytes()
        for kind, payload in child_boxes(memoryview(entry)[_VISUAL_ENTRY:])
    ]
    return entry[:_VISUAL_ENTRY] + b"".join(boxes)


def _sizes(table: bytes) -> list[int]:
    same, count = struct.unpack_from(">II", table, 4)
    return [same] * count if same else list(struct.unpack_from(f">{count}I", table, 12))


def _chunks(tables: EditableBox) -> Iterator[_Chunk]:
    """The chunks of a track with one sample entry."""
    wide = tables.all("co64")
    table = (wide or tables.all("stco"))[0].fields
    (count,) = struct.unpack_from(">I", table, 4)
    offsets = struct.unpack_from(f">{count}{'Q' if wide else 'I'}", table, 8)
    said = list(struct.iter_unpack(">III", tables.find("stsc").fields[8:]))
    ends = [first for first, _, _ in said[1:]] + [count + 1]
    for (first, samples, _), end in zip(said, ends, strict=True):
        for number in range(first, end):
            yield _Chunk(offsets[number - 1], samples)


def _split(
    chunks: Sequence[_Chunk], sizes: Sequence[int], runs: Sequence[SampleRun], configurations: Sequence[bytes]
) -> Iterator[_Chunk]:
    """The chunks, split where a run ends, each with the number of its run's sample entry."""
    ends = list(accumulate(run.samples for run in runs))
    run = done = 0
    for chunk in chunks:
        left, offset = chunk.samples, chunk.offset
        while left:
            while ends[run] <= done:
                run += 1
            taken = min(left, ends[run] - done)
            yield _Chunk(offset, taken, configurations.index(runs[run].configuration) + 1)
            offset += sum(sizes[done : done + taken])
            done, left = done + taken, left - taken


def _forget_reserve(moov: EditableBox) -> None:
    """Remove the metadata; chapters stay."""
    for data in moov.all("udta"):
        kept = [EditableBox(kind, bytes(body)) for kind, body in child_boxes(memoryview(data.fields)) if kind == "chpl"]
        data.fields = b"".join(box.to_bytes() for box in kept)
    moov.children = [box for box in moov.children if box.kind != "udta" or box.fields]
