"""Edits an index in memory."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

from engine.errors import EngineError
from engine.isobmff.boxes import FileBox
from engine.isobmff.editor import EditableBox, read_index


def box(kind: str, payload: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind.encode()) + payload


ENTRY = box("mp4a", b"entry")
TABLES = box("stsd", bytes(8) + ENTRY) + box("stsz", b"sizes")
TRACK = box("trak", box("tkhd", b"header") + box("mdia", box("mdhd", b"media") + box("minf", box("stbl", TABLES))))
INDEX = box("moov", box("mvhd", b"movie") + TRACK + box("udta", b"\0\0\0\0"))


def parsed(content: bytes = INDEX) -> EditableBox:
    return EditableBox.parse("moov", memoryview(content)[8:])


def test_an_index_is_read_with_its_position_and_written_unchanged() -> None:
    found = read_index(BytesIO(box("ftyp") + INDEX))

    assert found is not None
    position, moov = found
    assert position == FileBox("moov", 8, 16, 8 + len(INDEX))
    assert [child.kind for child in moov.children] == ["mvhd", "trak", "udta"]
    assert moov.to_bytes() == INDEX
    assert read_index(BytesIO(box("ftyp"))) is None


def test_the_sizes_of_all_parents_of_an_edited_box_are_updated() -> None:
    moov = parsed()
    moov.find("trak", "mdia", "minf", "stbl", "stsd", "mp4a").fields += b"more"
    track = moov.find("trak")
    track.insert_after("tkhd", EditableBox("edts", children=[EditableBox("elst", b"list")]))
    moov.remove("udta")

    edited = moov.to_bytes()

    grown = parsed(edited)
    assert len(edited) == len(INDEX) + 4 + 20 - 12 == struct.unpack_from(">I", edited)[0]
    assert grown.to_bytes() == edited
    assert grown.find("trak", "mdia", "minf", "stbl", "stsd").children[0].fields == b"entrymore"
    assert [child.kind for child in grown.find("trak").children] == ["tkhd", "edts", "mdia"]


def test_the_error_for_a_missing_box_has_its_path() -> None:
    with pytest.raises(EngineError, match="has no trak/edts"):
        parsed().find("trak", "edts")


@pytest.mark.parametrize(
    "damaged",
    [
        box("trak", box("tkhd") + b"rest"),
        box("trak", struct.pack(">I4s", 100, b"tkhd")),
        box("trak", struct.pack(">I4sQ", 1, b"tkhd", 16)),
    ],
)
def test_a_box_that_cannot_be_parsed_keeps_its_bytes(damaged: bytes) -> None:
    index = box("moov", box("mvhd") + damaged)

    moov = parsed(index)

    assert moov.to_bytes() == index
    assert not moov.find("trak").children
