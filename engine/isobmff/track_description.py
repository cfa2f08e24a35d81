"""Sound track metadata in a QuickTime/MP4 index (`moov`) that FFmpeg neither reads nor writes.

Sample descriptions (`stsd`), languages and edit lists, by ISO/IEC 14496-12 and the QuickTime File Format.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from engine.errors import EngineError
from engine.isobmff.boxes import outer_boxes

_LONGEST_INDEX = 1 << 30
_PARENTS = frozenset({"moov", "trak", "mdia", "minf", "stbl"})
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


@dataclass(slots=True)
class _Box:
    kind: str
    body: bytes = b""
    inside: list[_Box] = field(default_factory=list)

    def to_bytes(self) -> bytes:
        body = self.body + b"".join(box.to_bytes() for box in self.inside)
        return struct.pack(">I4s", len(body) + 8, self.kind.encode("latin-1")) + body

    def all(self, kind: str) -> list[_Box]:
        return [box for box in self.inside if box.kind == kind]

    def down(self, *kinds: str) -> _Box | None:
        box: _Box | None = self
        for kind in kinds:
            box = next(iter(box.all(kind)), None) if box else None
        return box

    def needed(self, *kinds: str) -> _Box:
        box = self.down(*kinds)
        if box is None:
            raise EngineError(f"The movie's index has no {'/'.join(kinds)}.", "Create the movie again.")
        return box


def descriptions(path: Path) -> dict[int, Description]:
    """Return the sound tracks' descriptions by track index; empty if the file is not QuickTime or MP4."""
    found = _index(path)
    if found is None:
        return {}
    tracks = enumerate(found[1].all("trak"))
    return {place: said for place, track in tracks if (said := _described(track)) is not None}


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
    found = _index(path)
    if found is None:
        raise EngineError(f"{path.name} has no index.", "Create the movie again.")
    offset, moov = found
    size = len(moov.to_bytes())
    header = moov.needed("mvhd")
    scale = _timescale(header)
    every = moov.all("trak")
    for place, (description, edit) in tracks.items():
        track = every[place]
        if description is not None:
            _describe(track, description)
        _edit(track, edit, scale)
    longest = max(_duration(track.needed("tkhd"), 20) for track in every)
    header.body = _with_duration(header.body, longest, 16)
    moov.inside = [box for box in moov.inside if box.kind != "udta"]
    spare = size - len(moov.to_bytes())
    if spare < 8:
        raise EngineError(f"The index of {path.name} has no space for its track metadata.", "This is a bug: report it.")
    moov.inside.append(_Box("free", bytes(spare - 8)))
    with path.open("rb+") as file:
        file.seek(offset)
        file.write(moov.to_bytes())
        file.flush()
        os.fsync(file.fileno())


def _described(track: _Box) -> Description | None:
    handler, header = track.down("mdia", "hdlr"), track.down("mdia", "mdhd")
    table = track.down("mdia", "minf", "stbl", "stsd")
    if handler is None or handler.body[8:12] != b"soun" or header is None or table is None or len(table.body) < 16:
        return None
    extended = track.down("mdia", "elng")
    kind, entry = next(_children(table.body[8:]), ("", b""))
    return Description(
        stsd=table.body,
        language=header.body[-4:-2],
        extended=extended.body if extended else b"",
        kind=kind,
        entries=int.from_bytes(table.body[4:8], "big"),
        channels=_channels(entry),
        ambisonic=_is_ambisonic(entry),
    )


def _channels(entry: bytes) -> int:
    if len(entry) < 28:
        return 0
    if struct.unpack_from(">H", entry, 8)[0] == 2 and len(entry) >= 44:
        return int(struct.unpack_from(">I", entry, 40)[0])
    return int(struct.unpack_from(">H", entry, 16)[0])


def _is_ambisonic(entry: bytes) -> bool:
    if len(entry) < 10:
        return False
    fields = _ENTRY_FIELDS.get(struct.unpack_from(">H", entry, 8)[0], 28)
    layout = next((body for kind, body in _children(entry[fields:]) if kind == "chan"), b"")
    return len(layout) >= 8 and struct.unpack_from(">H", layout, 4)[0] in _AMBISONIC_TAGS


def _describe(track: _Box, description: Description) -> None:
    media = track.needed("mdia")
    # The media is in the movie itself, which is the first and only data reference.
    stsd = description.stsd
    media.needed("minf", "stbl", "stsd").body = stsd[:22] + b"\0\1" + stsd[24:]
    header = media.needed("mdhd")
    header.body = header.body[:-4] + description.language + header.body[-2:]
    media.inside = [box for box in media.inside if box.kind != "elng"]
    if description.extended:
        media.inside.insert(media.inside.index(header) + 1, _Box("elng", description.extended))


def _edit(track: _Box, edit: EditList, scale: int) -> None:
    """Set a track's edit list. Durations are in the movie's time scale, the media time in the track's."""
    delay, length = round(edit.delay * scale), round(edit.length * scale)
    media = round(edit.media * _timescale(track.needed("mdia", "mdhd")))
    entries = [(delay, -1)] if delay else []
    entries.append((length, media))
    table = struct.pack(">II", 1 << 24, len(entries))
    table += b"".join(struct.pack(">QqI", duration, start, 1 << 16) for duration, start in entries)
    track.inside = [box for box in track.inside if box.kind != "edts"]
    head = track.needed("tkhd")
    track.inside.insert(track.inside.index(head) + 1, _Box("edts", inside=[_Box("elst", table)]))
    head.body = _with_duration(head.body, delay + length, 20)


def _timescale(header: _Box) -> int:
    return int.from_bytes(header.body[20:24] if header.body[0] else header.body[12:16], "big")


def _duration(header: _Box, at: int) -> int:
    """Return the duration at offset `at` of a version 0 header. In version 1 it is 8 bytes later, and 8 bytes long."""
    body = header.body
    return int.from_bytes(body[at + 8 : at + 16] if body[0] else body[at : at + 4], "big")


def _with_duration(body: bytes, duration: int, at: int) -> bytes:
    if body[0]:
        return body[: at + 8] + duration.to_bytes(8, "big") + body[at + 16 :]
    return body[:at] + min(duration, 0xFFFFFFFF).to_bytes(4, "big") + body[at + 4 :]


def _index(path: Path) -> tuple[int, _Box] | None:
    """Return the offset of `moov` and its boxes, or None."""
    with path.open("rb") as file:
        for kind, offset, size in outer_boxes(file):
            if not (kind.isascii() and kind.isprintable()):
                return None
            if kind == "moov":
                at = offset - 8
                file.seek(at)
                # A 64-bit size lies between the kind and the payload.
                if file.read(8)[4:] != b"moov" or size + 8 > _LONGEST_INDEX:
                    return None
                return at, _parsed("moov", file.read(size))
    return None


def _parsed(kind: str, body: bytes) -> _Box:
    if kind not in _PARENTS:
        return _Box(kind, body)
    return _Box(kind, inside=[_parsed(name, inner) for name, inner in _children(body)])


def _children(body: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    while at + 8 <= len(body):
        size, kind = struct.unpack_from(">I4s", body, at)
        if size < 8 or at + size > len(body):
            return
        yield kind.decode("latin-1"), body[at + 8 : at + size]
        at += size
