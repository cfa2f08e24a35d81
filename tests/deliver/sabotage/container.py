"""Saboteurs of a movie's container."""

from __future__ import annotations

import struct
from copy import deepcopy
from pathlib import Path

from engine.deliver.checks import Finished
from fixtures.atoms import Atom, tracks
from tests.deliver.sabotage.files import change_samples, edit_index, move_index_to_end, set_field
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("file-structure", "film")
def appended_bytes(_: Finished, path: Path) -> None:
    """A download appends the first bytes of another answer."""
    with path.open("ab") as file:
        file.write(b"HTTP/1.1 206 Partial Content\r\n")


@saboteur("faststart", "film")
def index_at_the_end(_: Finished, path: Path) -> None:
    """A remux without `faststart` writes moov after mdat."""
    move_index_to_end(path)


@saboteur("edit-list", "film")
def edit_list_of_the_picture(_: Finished, path: Path) -> None:
    """A remux adds an edit list, which presents the same frames."""

    def edit(moov: Atom) -> None:
        length = int.from_bytes(moov.child("mvhd").head[16:20], "big")
        elst = Atom("elst", struct.pack(">2I2iI", 0, 1, length, 0, 1 << 16))
        tracks(moov, "vide")[0].inside.insert(1, Atom("edts", inside=[elst]))

    edit_index(path, edit)


@saboteur("declared-duration", "film")
def wrong_duration(_: Finished, path: Path) -> None:
    """The index declares twice the duration."""

    def edit(moov: Atom) -> None:
        header = moov.child("mvhd")
        set_field(header, 16, 2 * int.from_bytes(header.head[16:20], "big"))

    edit_index(path, edit)


@saboteur("extra-tracks", "film")
def hidden_sound(_: Finished, path: Path) -> None:
    """An editor leaves a second sound track in the file."""

    def edit(moov: Atom) -> None:
        copy = deepcopy(tracks(moov, "soun")[0])
        set_field(copy.child("tkhd"), 12, 99)
        moov.inside.append(copy)

    edit_index(path, edit)


@saboteur("display-size", "film")
def turned_picture(_: Finished, path: Path) -> None:
    """The display matrix turns the picture by a quarter."""

    def edit(moov: Atom) -> None:
        header = tracks(moov, "vide")[0].child("tkhd")
        turned = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, 0, 0, 1 << 30)
        header.head = header.head[:40] + turned + header.head[76:]

    edit_index(path, edit)


@saboteur("display-size", "film")
def wide_pixels(_: Finished, path: Path) -> None:
    """A pixel aspect ratio stretches the picture."""

    def edit(moov: Atom) -> None:
        entry = tracks(moov, "vide")[0].child("mdia", "minf", "stbl", "stsd").inside[0]
        entry.inside.append(Atom("pasp", struct.pack(">2I", 4, 3)))

    edit_index(path, edit)


@saboteur("platform", "hdr")
def filler_above_the_platforms_limit(good: Finished, path: Path) -> None:
    """Filler data raises the bit rate above the 25 Mb/s of Instagram, which the recipe does not limit."""
    size = 26_000_000 // 8 * 3 // good.source.format.frames
    filler = b"\x4c\x01" + b"\xff" * size + b"\x80"
    change_samples(path, "vide", lambda _, sample: sample + len(filler).to_bytes(4, "big") + filler)
