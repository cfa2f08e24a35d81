"""Gives a track several sample entries."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.isobmff.boxes import child_boxes, find_box, find_index
from engine.isobmff.sample_entries import SampleRun, reserve, set_sample_entries


def box(kind: str, payload: bytes = b"") -> bytes:
    return struct.pack(">I4s", 8 + len(payload), kind.encode()) + payload


def movie(path: Path, runs: list[SampleRun], spare: int | None = None) -> Path:
    """Seven samples of 10 bytes in chunks of 3, 3 and 1 at 100, 200 and 300; metadata reserves the space for `runs`."""
    entry = box("avc1", bytes(78) + box("avcC", b"first") + box("colr", b"nclx"))
    tables = (
        box("stsd", struct.pack(">II", 0, 1) + entry)
        + box("stsc", struct.pack(">II6I", 0, 2, 1, 3, 1, 3, 1, 1))
        + box("stsz", struct.pack(">III", 0, 10, 7))
        + box("stco", struct.pack(">II3I", 0, 3, 100, 200, 300))
    )
    track = box("trak", box("mdia", box("minf", box("stbl", tables))))
    reserved = sum(len(text) for text in reserve(runs).values()) if spare is None else spare
    user = box("udta", box("meta", bytes(reserved)) + box("chpl", b"chapters"))
    path.write_bytes(box("ftyp", b"isom") + box("moov", track + user) + box("mdat", b"media"))
    return path


def test_runs_get_entries_and_chunks_are_split_where_a_run_ends(tmp_path: Path) -> None:
    runs = [SampleRun(2, b"encoder"), SampleRun(2, b"camera"), SampleRun(2, b"encoder"), SampleRun(1, b"camera")]
    path = movie(tmp_path / "film.mp4", runs)
    size = path.stat().st_size
    set_sample_entries(path, 0, runs)
    assert path.stat().st_size == size
    assert path.read_bytes().endswith(box("mdat", b"media"))
    with path.open("rb") as file:
        index = find_index(file)
        assert index is not None
        moov = index.read(file)
    tables = find_box(moov, "trak", "mdia", "minf", "stbl")
    assert tables is not None
    parts = {kind: bytes(payload) for kind, payload in child_boxes(tables)}
    assert struct.unpack(">6I", parts["stco"][4:]) == (5, 100, 120, 200, 210, 300)
    said = list(struct.iter_unpack(">III", parts["stsc"][8:]))
    assert said == [(1, 2, 1), (2, 1, 2), (4, 2, 1), (5, 1, 2)]
    entries = [dict(child_boxes(entry[78:])) for _, entry in child_boxes(memoryview(parts["stsd"])[8:])]
    assert [(bytes(one["avcC"]), bytes(one["colr"])) for one in entries] == [
        (b"encoder", b"nclx"),
        (b"camera", b"nclx"),
    ]
    user = find_box(moov, "udta")
    assert user is not None
    assert [kind for kind, _ in child_boxes(user)] == ["chpl"]


def test_other_numbers_of_samples_and_missing_space_are_errors(tmp_path: Path) -> None:
    path = movie(tmp_path / "film.mp4", [SampleRun(7, b"camera")])
    with pytest.raises(EngineError, match="has 7 pictures"):
        set_sample_entries(path, 0, [SampleRun(6, b"camera")])
    before = path.read_bytes()
    full = movie(tmp_path / "full.mp4", [], spare=0)
    with pytest.raises(EngineError, match="no space"):
        set_sample_entries(full, 0, [SampleRun(3, b"encoder"), SampleRun(4, b"a longer configuration")])
    assert path.read_bytes() == before
    with pytest.raises(EngineError, match="too many copied stretches"):
        reserve([SampleRun(1, b"camera")] * 20_000)
