"""Saboteurs of privacy: what a file says about its recording."""

from __future__ import annotations

import struct
from pathlib import Path

from engine.deliver.checks import Finished
from fixtures.atoms import Atom
from tests.deliver.sabotage.files import edit_index
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("privacy", "film")
def location(_: Finished, path: Path) -> None:
    """An editor adds the location of the recording (©xyz)."""
    _add_user_data(path, "\xa9xyz", b"+50.0919+014.3973/")


@saboteur("privacy", "hdr")
def camera(_: Finished, path: Path) -> None:
    """An editor adds the maker of the camera (©mak)."""
    _add_user_data(path, "\xa9mak", b"Apple")


@saboteur("privacy", "film")
def date_of_recording(_: Finished, path: Path) -> None:
    """The header of the movie has the date of the recording."""

    def edit(moov: Atom) -> None:
        header = moov.child("mvhd")
        header.head = header.head[:4] + struct.pack(">2I", 3_800_000_000, 3_800_000_000) + header.head[12:]

    edit_index(path, edit)


@saboteur("privacy", "wav")
def recorder(_: Finished, path: Path) -> None:
    """An editor adds its list of information to a sound file, with the date (ICRD)."""
    info = b"INFOICRD" + struct.pack("<I", 4) + b"2025"
    with path.open("ab") as file:
        file.write(b"LIST" + struct.pack("<I", len(info)) + info)


@saboteur("kept-metadata", "film")
def lost_metadata(_: Finished, path: Path) -> None:
    """A remux loses the camera, which the recipe keeps."""

    def edit(moov: Atom) -> None:
        data = moov.child("udta")
        data.inside = [one for one in data.inside if one.kind != "meta"]

    edit_index(path, edit)


def _add_user_data(path: Path, kind: str, text: bytes) -> None:
    def edit(moov: Atom) -> None:
        if not moov.all("udta"):
            moov.inside.append(Atom("udta"))
        moov.child("udta").inside.append(Atom(kind, struct.pack(">2H", len(text), 0x15C7) + text))

    edit_index(path, edit)


@saboteur("privacy", "podcast")
def location_of_sound(_: Finished, path: Path) -> None:
    """A phone's recorder adds the location of the recording (©xyz) to an M4A file."""
    _add_user_data(path, "\xa9xyz", b"+50.0919+014.3973/")


@saboteur("privacy", "mp3")
def dated_sound(_: Finished, path: Path) -> None:
    """A tagger adds the date of the recording (TDRC) to an MP3 file."""
    text = b"\x032026-11-30"
    frame = b"TDRC" + struct.pack(">I2x", len(text)) + text
    path.write_bytes(b"ID3\x04\0\0" + struct.pack(">I", len(frame)) + frame + path.read_bytes())
