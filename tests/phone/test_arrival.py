"""From a whole upload to a named file: the digests that are compared, and moves that a kill interrupts."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
import xxhash

from engine.phone import SentDigest, Upload, UploadRecord, UploadState, UploadStore, path_of, place_arrivals, read_back


def whole(store: UploadStore, name: str, content: bytes) -> Upload:
    upload = store.create(UploadRecord(id="", device="d", name=name, created_at=datetime.now(UTC)))
    upload.data.write_bytes(content)
    store.update(upload, state=UploadState.WHOLE, length=len(content))
    return upload


@pytest.mark.parametrize("size", [0, 1, 100, 101, 250])
def test_digests_are_computed_as_the_sender_does(tmp_path: Path, size: int) -> None:
    content = bytes(range(256))[:size]
    path = tmp_path / "file"
    path.write_bytes(content)
    slices = [content[at : at + 100] for at in range(0, size, 100)]
    by_slices = hashlib.sha256(b"".join(hashlib.sha256(one).digest() for one in slices)).hexdigest()
    plain = hashlib.sha256(content).hexdigest()
    for sent in (
        SentDigest(algorithm="sha256-slices", value="", slice_bytes=100),
        SentDigest(algorithm="sha256", value=""),
    ):
        read = read_back(path, sent)
        assert read.sent == (by_slices if sent.slice_bytes else plain)
        assert read.content == xxhash.xxh3_128_hexdigest(content)
    assert read_back(path, None).sent is None


def test_equal_names_get_folders_of_their_own(tmp_path: Path) -> None:
    store = UploadStore(tmp_path / "uploads")
    uploads = [whole(store, name, name.encode()) for name in ("A.MOV", "a.mov", "A.AAE", "A.MOV")]
    placed = place_arrivals(store, uploads, tmp_path / "arrived" / "1")
    shown = [path.relative_to(tmp_path / "arrived").as_posix() for path in placed]
    assert shown == ["1/A.MOV", "1/2/a.mov", "1/A.AAE", "1/3/A.MOV"]
    assert [path.read_bytes() for path in placed] == [b"A.MOV", b"a.mov", b"A.AAE", b"A.MOV"]


@pytest.mark.parametrize("moved", [False, True])
def test_an_interrupted_move_is_continued(tmp_path: Path, moved: bool) -> None:
    store = UploadStore(tmp_path / "uploads")
    upload = whole(store, "A.MOV", b"content")
    (placed,) = place_arrivals(store, [upload], tmp_path / "arrived" / "1")
    if not moved:
        # As a kill between the record and the move leaves it.
        placed.replace(upload.data)
    again = UploadStore(tmp_path / "uploads")
    (found,) = again
    assert (found.record.state, found.offset) == (UploadState.PLACED, 7)
    assert place_arrivals(again, [found], tmp_path / "arrived" / "1") == [placed]
    assert path_of(tmp_path / "arrived", found).read_bytes() == b"content"
