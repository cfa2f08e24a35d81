"""What finished files say about their recording: found by Cleanwater's own reader and by FFmpeg's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from engine.catalog import Capture
from engine.deliver.receipt import Check
from engine.isobmff import PrivateItem, PrivateKind, kind_of_name, private_metadata

Kept = Literal["location", "device", "date"]
"""What a recipe may keep."""
# RIFF chunks that recorders and editors write; a list chunk has its own items.
_CHUNKS: Mapping[str, PrivateKind] = {
    "bext": "device",
    "iXML": "device",
    "axml": "device",
    "_PMX": "device",
    "id3 ": "person",
}
_INFO: Mapping[str, PrivateKind] = {
    "IART": "person",
    "IENG": "person",
    "ICMS": "person",
    "ICRD": "date",
    "ISRC": "person",
}
_HEADER = 8


def kept_tags(keep: Sequence[Kept], captures: Sequence[Capture]) -> dict[str, str]:
    """The tags of the footage to keep in a movie: those that all its sources have alike, by QuickTime's names."""
    made = [_tags(keep, capture) for capture in captures]
    return {
        name: value for name, value in (made[0] if made else {}).items() if all(one.get(name) == value for one in made)
    }


def check_privacy(
    path: Path,
    keep: Sequence[Kept] = (),
    tags: Mapping[str, str] | None = None,
    read: Mapping[str, str] | None = None,
    stated: Sequence[PrivateKind] = (),
) -> Check:
    """Checks that a file says nothing about its recording but what the recipe keeps, and that it has those `tags`.

    `read` are the names and values that FFmpeg reads in the file. The check names the items, not their values.
    `stated` are kinds that the recipe writes itself.
    """
    found = [*private_metadata(path), *riff_metadata(path)]
    named = {item.name.rpartition(" ")[2].lower() for item in found}
    for name in read or {}:
        if (kind := kind_of_name(name)) and name.lower() not in named:
            found.append(PrivateItem(kind, name))
    private = sorted({item.name for item in found if item.kind not in (*keep, *stated)})
    missing = sorted(name for name in tags or {} if name.lower() not in named)
    wanted = "no location, device, date or person"
    if keep:
        wanted += f" but the {' and '.join(keep)} that the recipe keeps"
    return Check(
        name="privacy",
        passed=not private and not missing,
        measured=[*private, *(f"{name} is missing" for name in missing)],
        wanted=wanted,
    )


def riff_metadata(path: Path) -> list[PrivateItem]:
    """The private metadata of a WAV file; none for other containers."""
    return sorted(set(_riff_items(path)))


def _riff_items(path: Path) -> Iterable[PrivateItem]:
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] not in (b"RIFF", b"RF64") or head[8:] != b"WAVE":
            return
        whole = file.seek(0, 2)
        at = 12
        while at + _HEADER <= whole:
            file.seek(at)
            header = file.read(_HEADER)
            name, size = header[:4].decode("latin-1"), int.from_bytes(header[4:], "little")
            if name in _CHUNKS:
                yield PrivateItem(_CHUNKS[name], name)
            elif name == "LIST" and size <= whole:
                body = file.read(size)
                for item, kind in _INFO.items():
                    if body[:4] == b"INFO" and item.encode() in body:
                        yield PrivateItem(kind, item)
            at += _HEADER + size + size % 2


def _tags(keep: Sequence[Kept], capture: Capture) -> dict[str, str]:
    found: dict[str, str | None] = {}
    if "location" in keep:
        found["com.apple.quicktime.location.ISO6709"] = capture.location
    if "device" in keep:
        found["com.apple.quicktime.make"] = capture.make
        found["com.apple.quicktime.model"] = capture.model
        found["com.apple.quicktime.software"] = capture.software
    if "date" in keep:
        found["com.apple.quicktime.creationdate"] = capture.time.isoformat() if capture.time else None
    return {name: value for name, value in found.items() if value}
