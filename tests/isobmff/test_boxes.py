"""Walks boxes in files and in memory, whole and damaged."""

from __future__ import annotations

import struct
from io import BytesIO

import pytest

from engine.isobmff.boxes import FileBox, child_boxes, file_boxes, find_box, find_index


def box(kind: bytes, payload: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I4s", 8 + len(payload) if size is None else size, kind) + payload


def long_box(kind: bytes, payload: bytes = b"", size: int | None = None) -> bytes:
    return struct.pack(">I4sQ", 1, kind, 16 + len(payload) if size is None else size) + payload


def kinds(content: bytes) -> tuple[list[str], list[str]]:
    """The kinds that a walk of these bytes finds in a file and in memory."""
    return [found.kind for found in file_boxes(BytesIO(content))], [
        kind for kind, _ in child_boxes(memoryview(content))
    ]


def test_sizes_have_32_or_64_bits_and_zero_extends_to_the_end() -> None:
    content = box(b"ftyp", b"isom") + long_box(b"mdat", b"media") + box(b"free", b"rest", size=0)

    assert list(file_boxes(BytesIO(content))) == [
        FileBox("ftyp", 0, 8, 12),
        FileBox("mdat", 12, 28, 33),
        FileBox("free", 33, 41, 45),
    ]
    assert list(child_boxes(memoryview(content))) == [("ftyp", b"isom"), ("mdat", b"media"), ("free", b"rest")]
    assert list(file_boxes(BytesIO(content), 12, 33)) == [FileBox("mdat", 12, 28, 33)]


@pytest.mark.parametrize("last", [box(b"mdat", b"cut", size=100), long_box(b"mdat", b"cut", size=(1 << 64) - 1)])
def test_a_box_past_the_end_is_yielded_from_a_file_only(last: bytes) -> None:
    assert kinds(box(b"free") + last) == (["free", "mdat"], ["free"])


@pytest.mark.parametrize(
    "last", [b"", b"1234567", box(b"mdat", size=7), long_box(b"mdat", size=15), box(b"mdat", bytes(7), size=1)]
)
def test_an_impossible_size_ends_the_walk(last: bytes) -> None:
    assert kinds(box(b"free") + last) == (["free"], ["free"])


def test_a_range_past_the_end_of_the_file_is_walked_to_that_end() -> None:
    file = BytesIO(box(b"free") + long_box(b"mdat", size=1 << 63))

    assert [found.kind for found in file_boxes(file, 0, 1 << 64)] == ["free", "mdat"]


def test_the_number_of_boxes_is_limited() -> None:
    assert len(list(file_boxes(BytesIO(box(b"free") * 10), limit=4))) == 4


def test_the_payload_in_a_truncated_file_is_shorter_than_declared() -> None:
    file = BytesIO(box(b"free") + box(b"moov", b"123456", size=100))
    index = find_index(file)

    assert index == FileBox("moov", 8, 16, 108)
    assert (index.size, bytes(index.read(file))) == (92, b"123456")


def test_the_first_box_at_a_path_is_found() -> None:
    content = memoryview(box(b"trak", box(b"tkhd", b"1") + box(b"tkhd", b"2")) + box(b"trak", box(b"edts")))

    assert find_box(content, "trak", "tkhd") == b"1"
    assert find_box(content, "trak", "edts") is None
    assert find_box(content) == content


@pytest.mark.parametrize("content", [b"", box(b"ftyp", b"isom"), box(b"\0\1\2\3") + box(b"moov")])
def test_a_file_without_boxes_has_no_index(content: bytes) -> None:
    assert find_index(BytesIO(content)) is None
