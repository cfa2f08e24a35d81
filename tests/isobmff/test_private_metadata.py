"""Private metadata is found wherever QuickTime and MP4 files store it, and nothing else is."""

from __future__ import annotations

import struct
from pathlib import Path

import av
import numpy as np
import pytest

from engine.isobmff import PrivateItem, kind_of_name, private_metadata
from fixtures.atoms import Atom

LOCATION = "+50.1506-005.0713+004.000/"
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description exif:GPSLatitude="50,9N" tiff:Model="X">'
    b"<xmp:CreateDate>2025-06-14</xmp:CreateDate><dc:title>Sea</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def movie(path: Path, tags: dict[str, str], flags: str = "") -> Path:
    """A movie of one frame with tags, written by FFmpeg."""
    options = {"fflags": "+bitexact", **({"movflags": flags} if flags else {})}
    with av.open(str(path), "w", options=options) as file:
        file.metadata.update(tags)
        stream = file.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 16
        stream.pix_fmt = "yuv420p"
        frame = av.VideoFrame.from_ndarray(np.zeros((16, 16, 3), np.uint8))
        frame.pts = 0
        for packet in (*stream.encode(frame), *stream.encode()):
            file.mux(packet)
    return path


def with_atoms(path: Path, *atoms: Atom) -> Path:
    """Appends boxes to the end of a file's `moov`, which is its last box."""
    content = path.read_bytes()
    start = content.rindex(b"moov") - 4
    moov = content[start:]
    assert struct.unpack(">I", moov[:4])[0] == len(moov)
    added = b"".join(atom.to_bytes() for atom in atoms)
    path.write_bytes(content[:start] + struct.pack(">I", len(moov) + len(added)) + moov[4:] + added)
    return path


def names(path: Path) -> dict[str, str]:
    return {item.name: item.kind for item in private_metadata(path)}


def test_a_file_without_private_metadata_has_none(tmp_path: Path) -> None:
    assert private_metadata(movie(tmp_path / "a.mp4", {"title": "Sea", "comment": "calm"})) == []
    (tmp_path / "text.txt").write_text("location")
    assert private_metadata(tmp_path / "text.txt") == []


def test_the_location_of_mp4_is_found(tmp_path: Path) -> None:
    assert private_metadata(movie(tmp_path / "a.mp4", {"location": LOCATION})) == [PrivateItem("location", "loci")]


def test_user_data_of_quicktime_is_found(tmp_path: Path) -> None:
    tags = {"location": LOCATION, "make": "Apple", "model": "iPhone", "date": "2025", "author": "A", "title": "Sea"}
    assert names(movie(tmp_path / "a.mov", tags)) == {
        "©xyz": "location", "©mak": "device", "©mod": "device", "©day": "date", "©aut": "person",
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["mp4", "mov"])
def test_metadata_keys_are_found(tmp_path: Path, kind: str) -> None:
    tags = {
        "com.apple.quicktime.location.ISO6709": LOCATION,
        "com.apple.quicktime.make": "Apple",
        "com.apple.quicktime.creationdate": "2025-06-14T09:00:00+0100",
        "com.android.version": "15",
        "com.apple.quicktime.title": "Sea",
    }
    assert names(movie(tmp_path / f"a.{kind}", tags, "use_metadata_tags")) == {
        "com.apple.quicktime.location.ISO6709": "location",
        "com.apple.quicktime.make": "device",
        "com.apple.quicktime.creationdate": "date",
        "com.android.version": "device",
    }


def test_dates_of_the_headers_are_found(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mp4", {"creation_time": "2025-06-14T09:00:00Z"})
    assert names(path) == dict.fromkeys(("mvhd", "track 1: mdhd", "track 1: tkhd"), "date")


def test_xmp_is_found_in_user_data_and_at_the_top(tmp_path: Path) -> None:
    expected = {"XMP exif:GPSLatitude": "location", "XMP tiff:Model": "device", "XMP xmp:CreateDate": "date"}
    assert names(with_atoms(movie(tmp_path / "a.mov", {}), Atom("udta", b"", [Atom("XMP_", XMP)]))) == expected
    path = movie(tmp_path / "b.mp4", {})
    uuid = bytes.fromhex("be7acfcb97a942e89c71999491e3afac")
    path.write_bytes(path.read_bytes() + Atom("uuid", uuid + XMP).to_bytes())
    assert names(path) == expected


def test_manufacturers_data_and_itunes_items_are_found(tmp_path: Path) -> None:
    free = Atom("----", b"", [Atom("name", bytes(4) + b"Camera Serial")])
    items = Atom("meta", bytes(4), [Atom("ilst", b"", [Atom("©day", b""), free])])
    path = with_atoms(movie(tmp_path / "a.mp4", {}), Atom("udta", b"", [Atom("GPMF", b"DEVC"), items]))
    assert names(path) == {"GPMF": "device", "©day": "date", "Camera Serial": "device"}


def test_metadata_of_a_phone_is_found(small_take: Path) -> None:
    found = names(small_take)
    assert found["com.apple.quicktime.location.ISO6709"] == "location"
    assert found["com.apple.quicktime.model"] == "device"


def test_timed_metadata_is_found_by_its_keys(tmp_path: Path) -> None:
    key = Atom("keyd", b"mdtacom.apple.quicktime.location.ISO6709").to_bytes()
    for entry, expected in (
        (Atom("mebx", bytes(8) + key), {"track 2: mebx com.apple.quicktime.location.ISO6709": "location"}),
        (Atom("gpmd", bytes(8)), {"track 2: gpmd": "location"}),
    ):
        track = Atom("stbl", b"", [Atom("stsd", bytes(8), [entry])])
        for parent in ("minf", "mdia", "trak"):
            track = Atom(parent, b"", [track])
        assert names(with_atoms(movie(tmp_path / "a.mov", {}), track)) == expected


def test_a_damaged_file_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    path = movie(tmp_path / "a.mov", {"location": LOCATION}, "use_metadata_tags")
    content = path.read_bytes()
    for length in range(0, len(content), 211):
        path.write_bytes(content[:length])
        private_metadata(path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("com.apple.quicktime.location.accuracy.horizontal", "location"),
        ("com.apple.quicktime.software", "device"),
        ("com.apple.quicktime.camera.lens_model", "device"),
        ("creation_time", "date"),
        ("aux:SerialNumber", "device"),
        ("dc:creator", "person"),
        ("xmp:CreatorTool", "device"),
        ("handler_name", None),
        ("compatible_brands", None),
        ("com.apple.quicktime.title", None),
        ("comment", None),
        ("encoder", None),
        ("update", None),
    ],
)
def test_names_are_private_by_what_they_mean(name: str, kind: str | None) -> None:
    assert kind_of_name(name) == kind
