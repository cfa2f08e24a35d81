"""What an index declares is read by field, whatever the version of its headers."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

from engine.isobmff import read_layout
from fixtures.atoms import Atom, rewrite, sample_entry, tracks


def test_the_layout_of_a_take(small_take: Path) -> None:
    layout = read_layout(small_take)
    assert (layout.stray, layout.missing) == (0, 0)
    assert layout.boxes[0] == "ftyp"
    assert layout.boxes.count("moov") == 1
    assert layout.duration == 1
    assert {track.handler for track in layout.tracks} >= {"vide", "soun"}
    assert layout.picture
    assert (layout.picture.display, layout.picture.turned, layout.picture.pixel_shape) == ((320, 180), False, (1, 1))
    assert layout.picture.colour_codes == (9, 18, 9)
    assert layout.picture.count("colr") == 1
    assert layout.picture.sync is not None
    assert layout.picture.sync[0] == 0


def test_long_headers_pixel_shapes_and_cut_files(small_take: Path, tmp_path: Path) -> None:
    path = tmp_path / "changed.mov"
    path.write_bytes(small_take.read_bytes())

    def edit(moov: Atom) -> None:
        header = moov.child("mvhd")
        header.head = b"\1" + bytes(19) + struct.pack(">IQ", 600, 900) + header.head[20:]
        picture = tracks(moov, "vide")[0]
        shown = picture.child("tkhd")
        shown.head = b"\1" + shown.head[1:4] + bytes(16) + shown.head[12:20] + bytes(4) + shown.head[20:]
        sample_entry(picture).inside.append(Atom("pasp", struct.pack(">2I", 4, 3)))
        picture.child("mdia", "minf", "stbl").inside = [
            one for one in picture.child("mdia", "minf", "stbl").inside if one.kind != "stss"
        ]

    rewrite(path, edit)
    layout = read_layout(path)
    assert layout.duration == Fraction(3, 2)
    assert layout.picture
    assert (layout.picture.display, layout.picture.turned) == ((320, 180), False)
    assert layout.picture.pixel_shape == (4, 3)
    assert layout.picture.sync is None

    whole = path.read_bytes()
    path.write_bytes(whole + b"<html>")
    assert read_layout(path).stray == 6
    path.write_bytes(whole[:-10])
    assert read_layout(path).missing == 10


def test_a_file_without_boxes_has_no_layout(tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.write_bytes(b"")
    layout = read_layout(path)
    assert (layout.boxes, layout.tracks, layout.picture, layout.duration) == ((), (), None, 0)
