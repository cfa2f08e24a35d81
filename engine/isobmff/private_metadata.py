"""Finds what a QuickTime or MP4 file says about where, with what, when and by whom it was recorded.

Read are user data (`udta`: Apple's QuickTime File Format; `loci`: 3GPP TS 26.244), metadata items (`meta` with `keys`
and `ilst`), XMP packets, timed metadata tracks, and the dates in the headers, of the file and of each track.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple

from engine.isobmff.boxes import MAX_INDEX, child_boxes, file_boxes, find_box

PrivateKind = Literal["location", "device", "date", "person"]


class PrivateItem(NamedTuple):
    """An item of private metadata: its kind, and the place and name under which it is stored, without its value."""

    kind: PrivateKind
    name: str


# User data by its kind of box. The last line of devices is manufacturers' own data, which names the camera.
_USER_DATA: dict[str, PrivateKind] = {
    **dict.fromkeys(("©xyz", "loci", "gps "), "location"),
    **dict.fromkeys(("©mak", "©mod", "©swr", "manu", "modl", "cmid", "cmnm"), "device"),
    **dict.fromkeys(("GPMF", "FIRM", "LENS", "CAME", "CNTH", "NCDT", "PANA", "SDLN", "CNDA", "MVTG"), "device"),
    **dict.fromkeys(("©day", "date", "CDAT"), "date"),
    **dict.fromkeys(("©aut", "©ART", "auth", "perf", "©prf", "aART"), "person"),
}
# Names of metadata keys and of XMP properties, by a part of them; the first match counts.
_NAMES: tuple[tuple[str, PrivateKind], ...] = (
    (r"location|gps|latitude|longitude|iso6709", "location"),
    (r"\bmake\b|\bmodel\b|manufacturer|software|\blens|serial|camera|android|firmware|creatortool|\bdevice", "device"),
    (r"creationdate|creation_time|createdate|\bdate\b|datetime", "date"),
    (r"author|artist|director|performer|\bcreator\b|owner", "person"),
)
# Timed metadata that manufacturers record while filming, by its sample entry.
_TIMED: dict[str, PrivateKind] = {"gpmd": "location", "camm": "location", "rtmd": "device", "djmd": "location"}
_XMP = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
_MAX_BOX = 1 << 24
_META_HEADER, _SAMPLE_ENTRIES = 4, 8


def private_metadata(path: Path) -> list[PrivateItem]:
    """Returns the private metadata of a file, sorted; none for other containers."""
    return sorted(set(_items(path)))


def kind_of_name(name: str) -> PrivateKind | None:
    """The kind of a metadata key or property by its name; None if it says nothing private."""
    spaced = name.lower().replace("_", " ").replace(".", " ").replace(":", " ")
    return next((kind for part, kind in _NAMES if re.search(part.replace("_", " "), spaced)), None)


def _items(path: Path) -> Iterator[PrivateItem]:
    with path.open("rb") as file:
        for box in file_boxes(file):
            if box.kind == "moov" and box.size <= MAX_INDEX:
                yield from _movie(box.read(file))
            elif box.kind in ("meta", "uuid", "udta") and box.size <= _MAX_BOX:
                yield from _container(box.kind, box.read(file), "")


def _movie(moov: memoryview) -> Iterator[PrivateItem]:
    number = 0
    for kind, body in child_boxes(moov):
        if kind == "mvhd":
            yield from _header_date(body, "mvhd")
        elif kind == "trak":
            number += 1
            yield from _track(body, f"track {number}: ")
        else:
            yield from _container(kind, body, "")


def _track(trak: memoryview, place: str) -> Iterator[PrivateItem]:
    for kind, body in child_boxes(trak):
        if kind == "tkhd":
            yield from _header_date(body, f"{place}tkhd")
        else:
            yield from _container(kind, body, place)
    if (media := find_box(trak, "mdia", "mdhd")) is not None:
        yield from _header_date(media, f"{place}mdhd")
    entries = find_box(trak, "mdia", "minf", "stbl", "stsd")
    for kind, body in child_boxes(entries[_SAMPLE_ENTRIES:]) if entries is not None else ():
        if kind in _TIMED:
            yield PrivateItem(_TIMED[kind], f"{place}{kind}")
        elif kind == "mebx":
            # The entry lists the keys that its samples may have.
            for key in re.findall(rb"(?<=mdta)[\w.-]+", bytes(body)):
                yield from _named(key.decode(), f"{place}mebx ")


def _container(kind: str, body: memoryview, place: str) -> Iterator[PrivateItem]:
    if kind == "udta":
        for name, item in child_boxes(body):
            if name in _USER_DATA:
                yield PrivateItem(_USER_DATA[name], f"{place}{name}")
            elif name == "XMP_":
                yield from _xmp(bytes(item), place)
            elif name == "meta":
                yield from _container("meta", item, place)
    elif kind == "meta":
        # MP4's `meta` has version and flags before its boxes, QuickTime's has not. Read as a box, they have size 0.
        start = 0 if int.from_bytes(body[:_META_HEADER], "big") else _META_HEADER
        yield from _metadata(dict(child_boxes(body[start:])), place)
    elif kind == "uuid" and bytes(body[:16]) == _XMP:
        yield from _xmp(bytes(body[16:]), place)


def _metadata(boxes: dict[str, memoryview], place: str) -> Iterator[PrivateItem]:
    """The items of a `meta` box: by the names in `keys`, or by their own kinds as in iTunes."""
    names = [bytes(name).decode("utf-8", "replace") for _, name in child_boxes(boxes.get("keys", memoryview(b""))[8:])]
    for kind, item in child_boxes(boxes.get("ilst", memoryview(b""))):
        number = int.from_bytes(kind.encode("latin-1"), "big")
        if kind in _USER_DATA:
            yield PrivateItem(_USER_DATA[kind], f"{place}{kind}")
        elif 0 < number <= len(names):
            yield from _named(names[number - 1], place)
        elif kind == "----" and (name := find_box(item, "name")) is not None:
            yield from _named(bytes(name[4:]).decode("utf-8", "replace"), place)
    if (packet := boxes.get("xml ")) is not None:
        yield from _xmp(bytes(packet), place)


def _xmp(packet: bytes, place: str) -> Iterator[PrivateItem]:
    """The private properties of an XMP packet, which are elements or attributes."""
    for name in re.findall(rb"[\w-]+:[\w-]+(?=\s*[=>])", packet):
        if not name.startswith((b"xmlns:", b"rdf:", b"x:")):
            yield from _named(name.decode(), f"{place}XMP ")


def _named(name: str, place: str) -> Iterator[PrivateItem]:
    if kind := kind_of_name(name):
        yield PrivateItem(kind, f"{place}{name}")


def _header_date(body: memoryview, name: str) -> Iterator[PrivateItem]:
    """The creation and modification dates of a header, 0 for none; they have 8 bytes each in version 1."""
    length = 16 if len(body) and body[0] == 1 else 8
    if any(body[4 : 4 + length]):
        yield PrivateItem("date", name)
