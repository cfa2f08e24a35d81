"""Saboteurs of carried sound tracks and of copied shots."""

from __future__ import annotations

import struct
from pathlib import Path

from engine.deliver.checks import Finished
from fixtures.atoms import Atom, tracks
from tests.deliver.sabotage.files import change_samples, edit_index, numbers, remove_track, samples, set_numbers, table
from tests.deliver.sabotage.saboteur import saboteur

# A NAL unit of filler data: H.264 (7.3.2.7).
_FILLER = b"\x0c\xff\xff\x80"


@saboteur("carried-tracks", "carried")
def no_original_sound(_: Finished, path: Path) -> None:
    """A remux keeps only the first sound track."""
    remove_track(path, "soun", 1)


@saboteur("carried-packets", "carried")
def changed_packet(_: Finished, path: Path) -> None:
    """A byte of the original sound is another one."""
    content = bytearray(path.read_bytes())
    offsets: list[int] = []

    def find(moov: Atom) -> None:
        track = tracks(moov, "soun")[1]
        whole = samples(bytes(content), track)
        offsets.append(bytes(content).index(whole[len(whole) // 2]))

    edit_index(path, find)
    content[offsets[0] + 20] ^= 1
    path.write_bytes(content)


@saboteur("carried-names", "carried")
def renamed_track(_: Finished, path: Path) -> None:
    """The original track has the name of the editor's handler."""

    def edit(moov: Atom) -> None:
        handler = tracks(moov, "soun")[1].child("mdia", "hdlr")
        handler.head = handler.head[:24] + b"\x0cSoundHandler"

    edit_index(path, edit)


@saboteur("carried-timing", "carried")
def late_original_sound(_: Finished, path: Path) -> None:
    """The edit list of the original track starts it 50 ms late."""

    def edit(moov: Atom) -> None:
        scale = int.from_bytes(moov.child("mvhd").head[12:16], "big")
        edits = tracks(moov, "soun")[1].child("edts", "elst")
        empty = struct.pack(">QqI" if edits.head[0] else ">IiI", scale // 20, -1, 1 << 16)
        count = int.from_bytes(edits.head[4:8], "big")
        edits.head = edits.head[:4] + struct.pack(">I", count + 1) + empty + edits.head[8:]

    edit_index(path, edit)


@saboteur("copied-packets", "copied")
def changed_copied_packet(_: Finished, path: Path) -> None:
    """A copied packet has filler data; its picture is the same."""
    filler = len(_FILLER).to_bytes(4, "big") + _FILLER
    change_samples(path, "vide", lambda number, sample: sample + filler * (number == 25))


@saboteur("copied-joins", "copied")
def swapped_frames(_: Finished, path: Path) -> None:
    """Two frames after the first are shown in each other's place; all packets are as recorded."""

    def edit(moov: Atom) -> None:
        track = tracks(moov, "vide")[0]
        offsets = table(track, "ctts")
        rows = numbers(offsets)
        each = [value for count, value in zip(rows[::2], rows[1::2], strict=True) for _ in range(count)]
        _, step = numbers(table(track, "stts"))
        # In presentation order, a frame's place is its decoding number and its offset in frames.
        places = [number * step + value for number, value in enumerate(each)]
        one, other = places.index(sorted(places)[1]), places.index(sorted(places)[2])
        each[one], each[other] = each[one] + step, each[other] - step
        set_numbers(offsets, [number for value in each for number in (1, value)], 2)

    edit_index(path, edit)
