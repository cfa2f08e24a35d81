"""The parts of a QuickTime/MP4 file (ISO/IEC 14496-12) that FFmpeg does not expose.

`moov` gives a track's display matrix, its handler's name, and the boxes in its first sample entry (`logs` for
Apple Log, `dvcC`/`dvvC` for Dolby Vision).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

from engine.isobmff.boxes import MAX_INDEX, child_boxes, file_boxes, find_box, find_index

_METADATA, _MAX_METADATA = frozenset({"udta", "meta", "uuid"}), 1 << 22
_PARENTS, _DEEPEST = frozenset({"trak", "mdia", "minf", "stbl", "traf", "udta", "meta"}), 8
_VISUAL_ENTRY, _SOUND_ENTRY = 78, 28


@dataclass(frozen=True, slots=True)
class TrackBoxes:
    """One `trak` box. `matrix` is (a, b, c, d) of the display matrix, y pointing down."""

    handler: str
    name: str
    entry: str
    matrix: tuple[float, float, float, float]
    channels: int = 0
    sample_rate: int = 0
    extensions: dict[str, bytes] = field(default_factory=dict)

    @property
    def log_profile(self) -> str:
        """The log profile in the `logs` box, or an empty string."""
        payload = self.extensions.get("logs", b"")
        return "".join(chr(byte) for byte in payload if 32 <= byte < 127).strip()


@dataclass(frozen=True, slots=True)
class MovieBoxes:
    """A file's boxes: `recognised` is true for QuickTime and MP4, `has_index` if there is a `moov`.

    `damage` names a table whose count exceeds the file's size. FFmpeg would allocate gigabytes for it.
    """

    recognised: bool
    has_index: bool
    tracks: tuple[TrackBoxes, ...] = ()
    damage: str = ""


def read_boxes(path: Path) -> MovieBoxes:
    """Read a file's boxes. A file that is not QuickTime or MP4 has no tracks."""
    recognised = False
    with path.open("rb") as file:
        whole = path.stat().st_size
        found: MovieBoxes | None = None
        for box in file_boxes(file):
            recognised = recognised or box.kind in ("ftyp", "wide", "mdat", "moov")
            if box.kind == "moov" and box.size <= MAX_INDEX and found is None:
                moov = box.read(file)
                tracks = tuple(_track(body) for name, body in child_boxes(moov) if name == "trak")
                found = MovieBoxes(True, True, tracks, _overdrawn(moov, whole))
                if "mvex" not in dict(child_boxes(moov)):
                    return found
            elif box.kind == "moof" and box.size <= MAX_INDEX and found is not None and not found.damage:
                found = replace(found, damage=_overdrawn(box.read(file), whole))
            if not recognised:
                break
    return found or MovieBoxes(recognised, False)


def top_level_boxes(path: Path) -> list[str]:
    """Return the names of a file's top-level boxes, in order."""
    with path.open("rb") as file:
        return [box.kind for box in file_boxes(file)]


def metadata_payloads(path: Path) -> Iterator[bytes]:
    """Yield the contents of a QuickTime/MP4 file's metadata boxes (`udta`, `meta`, `uuid`), of file and tracks."""
    with path.open("rb") as file:
        for box in file_boxes(file):
            if box.kind in _METADATA and box.size <= _MAX_METADATA:
                yield bytes(box.read(file))
            elif box.kind == "moov" and box.size <= MAX_INDEX:
                moov = box.read(file)
                tracks = (child for name, body in child_boxes(moov) if name == "trak" for child in child_boxes(body))
                for name, body in chain(child_boxes(moov), tracks):
                    if name in _METADATA and len(body) <= _MAX_METADATA:
                        yield bytes(body)


def has_edit_list(path: Path) -> bool:
    """Return whether any track has an edit list (`edts`)."""
    with path.open("rb") as file:
        index = find_index(file)
        if index is None:
            return False
        tracks = [body for kind, body in child_boxes(index.read(file)) if kind == "trak"]
    return any(find_box(track, "edts") is not None for track in tracks)


def _overdrawn(body: memoryview, whole: int, depth: int = 0) -> str:
    """Describe a table in `moov` or `moof` whose count exceeds the file's `whole` bytes; empty if there is none."""
    for kind, inside in child_boxes(body):
        if kind in _PARENTS and depth < _DEEPEST:
            # MP4's `meta` has version and flags before its boxes, QuickTime's has not.
            found = _overdrawn(inside, whole, depth + 1)
            if kind == "meta":
                found = found or _overdrawn(inside[4:], whole, depth + 1)
            if found:
                return found
        elif kind == "stsz" and _number(inside, 4) and _number(inside, 8) > whole:
            return f"its index lists {_number(inside, 8)} samples in {whole} bytes"
        elif kind == "trun" and _number(inside, 4) > whole:
            return f"a fragment lists {_number(inside, 4)} samples in {whole} bytes"
        elif kind == "keys" and _number(inside, 4) * 8 > len(inside):
            return f"its metadata lists {_number(inside, 4)} keys in {len(inside)} bytes"
    return ""


def _number(body: memoryview, at: int) -> int:
    return int.from_bytes(body[at : at + 4], "big")


def _track(trak: memoryview) -> TrackBoxes:
    boxes = dict(child_boxes(trak))
    media = dict(child_boxes(boxes.get("mdia", memoryview(b""))))
    tables = dict(child_boxes(dict(child_boxes(media.get("minf", memoryview(b"")))).get("stbl", memoryview(b""))))
    handler, name = _handler(media.get("hdlr", memoryview(b"")))
    entry, body = next(child_boxes(tables.get("stsd", memoryview(b""))[8:]), ("", memoryview(b"")))
    channels = sample_rate = 0
    extensions: dict[str, bytes] = {}
    if handler == "vide":
        extensions = {kind: bytes(payload) for kind, payload in child_boxes(body[_VISUAL_ENTRY:])}
    elif handler == "soun" and len(body) >= _SOUND_ENTRY:
        channels, sample_rate = struct.unpack_from(">H", body, 16)[0], struct.unpack_from(">I", body, 24)[0] >> 16
    return TrackBoxes(
        handler, name, entry, _matrix(boxes.get("tkhd", memoryview(b""))), channels, sample_rate, extensions
    )


def _handler(body: memoryview) -> tuple[str, str]:
    if len(body) < 24:
        return "", ""
    kind, name = bytes(body[8:12]).decode("latin-1"), bytes(body[24:])
    if name and name[0] == len(name) - 1:
        name = name[1:]
    return kind, name.split(b"\0")[0].decode("utf-8", "replace")


def _matrix(tkhd: memoryview) -> tuple[float, float, float, float]:
    at = 52 if len(tkhd) and tkhd[0] == 1 else 40
    if len(tkhd) < at + 36:
        return (1.0, 0.0, 0.0, 1.0)
    a, b, _, c, d = struct.unpack_from(">5i", tkhd, at)
    return a / 65536, b / 65536, c / 65536, d / 65536
