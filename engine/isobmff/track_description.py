"""Sound track metadata in a QuickTime/MP4 index (`moov`) that FFmpeg neither reads nor writes.

Sample descriptions (`stsd`), languages and edit lists, by ISO/IEC 14496-12 and the QuickTime File Format.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from engine.errors import EngineError
from engine.isobmff.boxes import child_boxes, find_box, find_index
from engine.isobmff.editor import EditableBox, read_index

# Core Audio's tags of ambisonic layouts in ACN order, SN3D and N3D; the lower half is the number of channels.
_AMBISONIC_TAGS = (190, 191)
# Bytes of a sample entry before its boxes, by QuickTime's version number.
_ENTRY_FIELDS = {0: 28, 1: 44, 2: 64}


@dataclass(frozen=True, slots=True)
class Description:
    """A track's sample description as raw bytes: its `stsd`, its language, and `elng` if present.

    `kind` is the first sample entry's four-character code, `entries` the number of entries.
    """

    stsd: bytes
    language: bytes
    extended: bytes
    kind: str
    entries: int
    channels: int
    ambisonic: bool


@dataclass(frozen=True, slots=True)
class EditList:
    """A track's edit list, in seconds: silence for `delay`, then `length` of the media from `media` on."""

    delay: Fraction
    length: Fraction
    media: Fraction


def descriptions(path: Path) -> dict[int, Description]:
    """Return the sound tracks' descriptions by track index; empty if the file is not QuickTime or MP4."""
    with path.open("rb") as file:
        index = find_index(file)
        if index is None:
            return {}
        moov = index.read(file)
    tracks = enumerate(body for kind, body in child_boxes(moov) if kind == "trak")
    return {place: said for place, track in tracks if (said := _described(track)) is not None}


def edited_lengths(path: Path) -> dict[int, Fraction]:
    """Return the seconds that the edit list of each track plays, without silence, by track index.

    Tracks without an edit list are left out. FFmpeg adds the silence before a track that also ends early.
    """
    with path.open("rb") as file:
        found = read_index(file)
    if found is None:
        return {}
    moov = found[1]
    scale = _timescale(moov.find("mvhd"))
    lengths = {}
    for number, track in enumerate(moov.all("trak")):
        if table := find_box(memoryview(track.to_bytes())[8:], "edts", "elst"):
            wide = table[0] == 1
            form = ">QqI" if wide else ">IiI"
            entries = struct.iter_unpack(form, table[8 : 8 + int.from_bytes(table[4:8], "big") * struct.calcsize(form)])
            lengths[number] = Fraction(sum(length for length, media, _ in entries if media >= 0), scale)
    return lengths


def is_quicktime(path: Path) -> bool:
    """Return whether a QuickTime/MP4 file has the QuickTime brand, or no brand."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[4:8] != b"ftyp" or head[8:12] == b"qt  "


def restore(path: Path, tracks: Mapping[int, tuple[Description | None, EditList]]) -> None:
    """Restore the descriptions of a finished movie's tracks, by index, and set their edit lists.

    The index keeps its size and offset: additions replace `moov`'s user data, and remaining space becomes a `free` box.
    Raises EngineError if there is not enough space.
    """
    with path.open("rb+") as file:
        found = read_index(file)
        if found is None:
            raise EngineError(f"{path.name} has no index.", "Create the movie again.")
        place, moov = found
        header = moov.find("mvhd")
        scale = _timescale(header)
        every = moov.all("trak")
        for number, (description, edit) in tracks.items():
            if description is not None:
                _describe(every[number], description)
            _edit(every[number], edit, scale)
        longest = max(_duration(track.find("tkhd"), 20) for track in every)
        header.fields = _with_duration(header.fields, longest, 16)
        moov.remove("udta")
        spare = place.end - place.start - len(moov.to_bytes())
        if spare < 8:
            raise EngineError(
                f"The index of {path.name} has no space for its track metadata.", "This is a bug: report it."
            )
        moov.children.append(EditableBox("free", bytes(spare - 8)))
        file.seek(place.start)
        file.write(moov.to_bytes())
        file.flush()
        os.fsync(file.fileno())


def _described(track: memoryview) -> Description | None:
    handler, header = find_box(track, "mdia", "hdlr"), find_box(track, "mdia", "mdhd")
    table = find_box(track, "mdia", "minf", "stbl", "stsd")
    if handler is None or bytes(handler[8:12]) != b"soun" or header is None or table is None or len(table) < 16:
        return None
    kind, entry = next(child_boxes(table[8:]), ("", memoryview(b"")))
    return Description(
        stsd=bytes(table),
        language=bytes(header[-4:-2]),
        extended=bytes(find_box(track, "mdia", "elng") or b""),
        kind=kind,
        entries=int.from_bytes(table[4:8], "big"),
        channels=_channels(entry),
        ambisonic=_is_ambisonic(entry),
    )


def _channels(entry: memoryview) -> int:
    if len(entry) < 28:
        return 0
    if struct.unpack_from(">H", entry, 8)[0] == 2 and len(entry) >= 44:
        return int(struct.unpack_from(">I", entry, 40)[0])
    return int(struct.unpack_from(">H", entry, 16)[0])


def _is_ambisonic(entry: memoryview) -> bool:
    if len(entry) < 10:
        return False
    fields = _ENTRY_FIELDS.get(struct.unpack_from(">H", entry, 8)[0], 28)
    layout = find_box(entry[fields:], "chan")
    return layout is not None and len(layout) >= 8 and struct.unpack_from(">H", layout, 4)[0] in _AMBISONIC_TAGS


def _describe(track: EditableBox, description: Description) -> None:
    media = track.find("mdia")
    # The media is in the movie itself, which is the first and only data reference.
    stsd = description.stsd
    table = media.find("minf", "stbl", "stsd")
    table.fields, table.children = stsd[:22] + b"\0\1" + stsd[24:], []
    header = media.find("mdhd")
    header.fields = header.fields[:-4] + description.language + header.fields[-2:]
    media.remove("elng")
    if description.extended:
        media.insert_after("mdhd", EditableBox("elng", description.extended))


def _edit(track: EditableBox, edit: EditList, scale: int) -> None:
    """Set a track's edit list. Durations are in the movie's time scale, the media time in the track's."""
    delay, length = round(edit.delay * scale), round(edit.length * scale)
    media = round(edit.media * _timescale(track.find("mdia", "mdhd")))
    entries = [(delay, -1)] if delay else []
    entries.append((length, media))
    table = struct.pack(">II", 1 << 24, len(entries))
    table += b"".join(struct.pack(">QqI", duration, start, 1 << 16) for duration, start in entries)
    track.remove("edts")
    track.insert_after("tkhd", EditableBox("edts", children=[EditableBox("elst", table)]))
    head = track.find("tkhd")
    head.fields = _with_duration(head.fields, delay + length, 20)


def _timescale(header: EditableBox) -> int:
    fields = header.fields
    return int.from_bytes(fields[20:24] if fields[0] else fields[12:16], "big")


def _duration(header: EditableBox, at: int) -> int:
    """Return the duration at offset `at` of a version 0 header. In version 1 it is 8 bytes later, and 8 bytes long."""
    fields = header.fields
    return int.from_bytes(fields[at + 8 : at + 16] if fields[0] else fields[at : at + 4], "big")


def _with_duration(body: bytes, duration: int, at: int) -> bytes:
    if body[0]:
        return body[: at + 8] + duration.to_bytes(8, "big") + body[at + 16 :]
    return body[:at] + min(duration, 0xFFFFFFFF).to_bytes(4, "big") + body[at + 4 :]
