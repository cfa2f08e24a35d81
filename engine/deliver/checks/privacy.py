"""What finished files say about their recording: found by Cleanwater's own reader and by FFmpeg's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal

from engine.catalog import Capture
from engine.deliver.checks.finished import Finished
from engine.deliver.checks.id3 import id3_metadata
from engine.deliver.checks.registry import check
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
    "ITCH": "person",
    "ISFT": "device",
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


@check(
    "privacy",
    "Privacy",
    remedy="Deliver it again; to keep some of it, name it in `metadata.keep`.",
    applies_to=("movie", "sound"),
)
def privacy(finished: Finished) -> Iterator[Check]:
    """The file says nothing about where, when, with what and by whom it was recorded, but what the recipe keeps.
    Cleanwater's own reader and FFmpeg's look for it.
    """
    from engine.sound import sound_metadata

    keep: Sequence[Kept] = ()
    read: Mapping[str, str] = {}
    if finished.kind == "movie":
        keep, read = finished.recipe.metadata.keep, finished.movie.metadata
    else:
        read = sound_metadata(finished.path)
    stated: tuple[PrivateKind, ...] = ("person",) if finished.tags and finished.tags.texts.get("artist") else ()
    yield judge_privacy(finished.path, keep, read, stated)


@check(
    "kept-metadata",
    "Kept metadata",
    remedy="Deliver it again: other software may have removed it.",
)
def kept_metadata(finished: Finished) -> Iterator[Check]:
    """The movie has what the recipe keeps of the footage's metadata."""
    if tags := finished.source.tags:
        named = _names(private_metadata(finished.path))
        missing = sorted(name for name in tags if name.lower() not in named)
        yield Check(
            name="kept metadata",
            passed=not missing,
            measured=[f"{name} is missing" for name in missing] or "all",
            wanted=sorted(tags),
        )


def judge_privacy(
    path: Path,
    keep: Sequence[Kept] = (),
    read: Mapping[str, str] | None = None,
    stated: Sequence[PrivateKind] = (),
) -> Check:
    """Compares what a file says about its recording with what the recipe keeps.

    `read` are the names and values that FFmpeg reads in the file. The check names the items, not their values.
    `stated` are kinds that the recipe writes itself.
    """
    found = [*private_metadata(path), *riff_metadata(path), *id3_metadata(path)]
    named = _names(found)
    for name in read or {}:
        if (kind := kind_of_name(name)) and name.lower() not in named:
            found.append(PrivateItem(kind, name))
    private = sorted({item.name for item in found if item.kind not in (*keep, *stated)})
    wanted = "no location, device, date or person"
    if keep:
        wanted += f" but the {' and '.join(keep)} that the recipe keeps"
    return Check(name="privacy", passed=not private, measured=private, wanted=wanted)


def _names(items: Iterable[PrivateItem]) -> set[str]:
    return {item.name.rpartition(" ")[2].lower() for item in items}


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
