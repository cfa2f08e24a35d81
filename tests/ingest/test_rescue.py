"""Partly readable files become takes: the rest decodes for delivery, and the missing parts are reported."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import pytest

from engine.errors import RequestError
from engine.ingest import inspect
from engine.picture import PictureSource
from engine.sound import read_blocks
from fixtures.atoms import Atom, rewrite, top_level, tracks
from fixtures.noise_media import write_media


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip of two seconds with a key frame every fifth frame."""
    return write_media(tmp_path_factory.mktemp("rescue") / "whole.mov", "mov", "mpeg4", "aac")


def grey(path: Path) -> list[float]:
    """Return the mean luma of every tick, with the decoder that deliverables use."""
    footage = inspect(path)
    assert footage.grid is not None
    assert footage.probe.picture is not None
    with PictureSource(path, footage.probe.picture) as source:
        return [float(planes.samples[0].mean()) for planes in source.frames(footage.grid)]


def without_first_packets(source: Path, path: Path, count: int) -> Path:
    """Write a copy whose picture starts `count` frames later."""
    with av.open(str(source)) as file, av.open(str(path), "w") as out:
        stream = out.add_stream_from_template(file.streams.video[0])
        for number, packet in enumerate(file.demux(video=0)):
            if number >= count and packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


@pytest.mark.parametrize("suffix", [".mov", ".mkv"])
def test_a_file_that_starts_between_key_frames_plays_from_the_next(tmp_path: Path, suffix: str) -> None:
    source = write_media(tmp_path / "source.mov", "mov", "libx264", None)
    path = without_first_packets(source, tmp_path / f"late{suffix}", 2)
    (damage,) = inspect(path).probe.damage
    assert (damage.kind, damage.media, damage.start) == ("undecodable", "picture", 0)
    assert 0 < (damage.end or 0) <= Fraction(1, 5)
    assert damage.count >= 2
    assert grey(path)[-40:] == pytest.approx(grey(source)[-40:], abs=0.01)


def test_damage_in_the_first_group_of_pictures_is_limited_to_it(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "zeroed.mov"
    content = bytearray(whole.read_bytes())
    start = next(begin for kind, begin, _ in top_level(whole) if kind == "mdat")
    with av.open(str(whole)) as file:
        places = [packet.pos for packet in file.demux(video=0) if packet.size]
    # Overwrite every frame of the first group, including headers.
    content[start : places[5]] = bytes(places[5] - start)
    path.write_bytes(content)
    (damage,) = inspect(path).probe.damage
    assert (damage.kind, damage.start, damage.end, damage.count) == ("undecodable", 0, Fraction(1, 5), 5)
    assert grey(path)[5:] == pytest.approx(grey(whole)[5:], abs=0.01)


def test_an_edit_list_without_an_earlier_sync_frame_plays(whole: Path, tmp_path: Path) -> None:
    path = tmp_path / "edit.mov"
    path.write_bytes(whole.read_bytes())

    def trim(moov: Atom) -> None:
        track = tracks(moov, "vide")[0]
        track.child("mdia", "minf", "stbl", "stss").head = struct.pack(">III", 0, 1, 31)
        timescale = struct.unpack_from(">I", track.child("mdia", "mdhd").head, 12)[0]
        movie = struct.unpack_from(">I", moov.child("mvhd").head, 12)[0]
        # One second from 0.4 s on: the first sync frame in the table comes later.
        track.child("edts", "elst").head = struct.pack(">IIIiI", 0, 1, movie, timescale * 2 // 5, 1 << 16)

    rewrite(path, trim)
    footage = inspect(path)
    assert footage.probe.picture is not None
    assert footage.probe.picture.frames == 25
    assert grey(path)[5:] == pytest.approx(grey(whole)[15:35], abs=0.01)


def _cut_chunks(table: Atom) -> None:
    """Keep the offsets of 60 % of the chunks, while stsc refers to later ones."""
    body = table.child("stco").head
    count = struct.unpack_from(">I", body, 4)[0]
    kept = count * 6 // 10
    table.child("stco").head = body[:4] + struct.pack(">I", kept) + body[8 : 8 + 4 * kept]
    per_chunk = struct.unpack_from(">I", table.child("stsc").head, 12)[0]
    table.child("stsc").head = struct.pack(">II6I", 0, 2, 1, per_chunk, 1, count, per_chunk, 1)


@pytest.mark.parametrize(("handler", "other"), [("soun", "picture"), ("vide", "sound")])
def test_contradicting_chunk_tables_damage_only_their_track(
    whole: Path, tmp_path: Path, handler: str, other: str
) -> None:
    path = tmp_path / "contradiction.mov"
    path.write_bytes(whole.read_bytes())
    rewrite(path, lambda moov: _cut_chunks(tracks(moov, handler)[0].child("mdia", "minf", "stbl")))
    probe = inspect(path).probe
    assert {one.media for one in probe.damage} == {"picture" if handler == "vide" else "sound"}
    if other == "picture":
        assert grey(path) == grey(whole)
    else:
        lengths = [sum(len(block) for block in read_blocks(file)) for file in (path, whole)]
        assert lengths[0] == lengths[1]


def _scramble(content: bytearray, places: list[tuple[int, int]]) -> bytes:
    for position, size in places:
        content[position : position + size] = bytes(255 - byte for byte in content[position : position + size])
    return bytes(content)


@pytest.mark.parametrize("kind", ["picture", "everything"])
def test_a_file_is_refused_only_if_no_track_decodes(tmp_path: Path, kind: str) -> None:
    source = write_media(tmp_path / "source.mov", "mov", "libx264", "aac", seconds=1)
    with av.open(str(source)) as file:
        packets: list[tuple[str, int, int]] = [(p.stream.type, p.pos or 0, p.size) for p in file.demux() if p.size]
    spoiled = [(at, size) for media, at, size in packets if kind == "everything" or media == "video"]
    path = tmp_path / "spoiled.mov"
    path.write_bytes(_scramble(bytearray(source.read_bytes()), spoiled))
    if kind == "picture":
        probe = inspect(path).probe
        assert probe.picture is None
        assert [(one.kind, one.media) for one in probe.damage] == [("undecodable", "picture")]
        assert probe.sound[0].decodable
    else:
        with pytest.raises(RequestError, match=r"spoiled\.mov is not readable footage \(no track decodes\)"):
            inspect(path)
