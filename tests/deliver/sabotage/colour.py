"""Saboteurs of colour: tags, range and HDR10 metadata."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.bitstream import BitStreamFilterContext
from numpy.typing import NDArray

from engine.deliver.checks import Finished
from fixtures.atoms import Atom, tracks
from tests.deliver.sabotage.files import change_samples, edit_index, recode_picture, table, transplant
from tests.deliver.sabotage.picture import as_encoded
from tests.deliver.sabotage.saboteur import saboteur

_SEI_PREFIX = 39


@saboteur("colour-tags", "film")
def other_tags_in_the_bitstream(_: Finished, path: Path) -> None:
    """The bitstream says BT.2020 and HLG; the container says BT.709."""
    _filter(path, "h264_metadata=colour_primaries=9:transfer_characteristics=18:matrix_coefficients=9")


@saboteur("limited-range", "film")
def full_range(_: Finished, path: Path) -> None:
    """The bitstream says full range."""
    _filter(path, "h264_metadata=video_full_range_flag=1")


@saboteur("colour-container", "film")
def other_tags_in_the_container(_: Finished, path: Path) -> None:
    """The container (colr) says BT.2020 and HLG; the bitstream says BT.709."""

    def edit(entry: Atom) -> None:
        colour = entry.child("colr")
        colour.head = colour.head[:4] + struct.pack(">3H", 9, 18, 9) + colour.head[10:]

    _edit_entry(path, edit)


@saboteur("colour-container", "film")
def no_tags_in_the_container(_: Finished, path: Path) -> None:
    """A remux loses the colour box (colr)."""

    def edit(entry: Atom) -> None:
        entry.inside = [one for one in entry.inside if one.kind != "colr"]

    _edit_entry(path, edit)


@saboteur("hdr-container", "hdr")
def wrong_max_cll(_: Finished, path: Path) -> None:
    """The container declares a MaxCLL of 100 cd/m²."""

    def edit(entry: Atom) -> None:
        levels = entry.child("clli")
        levels.head = struct.pack(">H", 100) + levels.head[2:]

    _edit_entry(path, edit)


@saboteur("hdr-container", "hdr")
def repeated_mastering_display(_: Finished, path: Path) -> None:
    """The container has the mastering display twice."""

    def edit(entry: Atom) -> None:
        entry.inside.append(Atom("mdcv", entry.child("mdcv").head))

    _edit_entry(path, edit)


@saboteur("hdr-container", "film")
def hdr_metadata_in_sdr(_: Finished, path: Path) -> None:
    """The container of an SDR movie declares light levels."""
    _edit_entry(path, lambda entry: entry.inside.append(Atom("clli", struct.pack(">2H", 1000, 400))))


@saboteur("hdr-bitstream", "hdr")
def no_metadata_in_the_bitstream(_: Finished, path: Path) -> None:
    """A remux loses the messages (SEI) of the bitstream, in the samples and in the decoder configuration."""

    def edit(entry: Atom) -> None:
        configuration = entry.child("hvcC")
        arrays = list(_arrays(configuration.head))
        kept = [array for array in arrays if array[0] & 63 != _SEI_PREFIX]
        configuration.head = configuration.head[:22] + bytes([len(kept)]) + b"".join(kept)

    change_samples(path, "vide", lambda _, sample: _without_messages(sample))
    _edit_entry(path, edit)


@saboteur("light-level", "hdr")
def brighter_than_declared(good: Finished, path: Path) -> Finished:
    """The renderer makes a white of 10000 cd/m², brighter than the declared MaxCLL."""
    light = good.source.format.light
    assert light

    def white(frame: NDArray[np.uint16]) -> NDArray[np.uint16]:
        frame[: good.source.format.height // 2] = 940
        return frame

    levels = f"master-display={light.x265}:max-cll={light.max_cll},{light.max_fall}"
    settings = f"keyint=15:bframes=0:pools=1:crf=12:log-level=error:hdr10=1:repeat-headers=1:{levels}"
    recode_picture(path, {"preset": "ultrafast", "x265-params": settings}, codec="libx265", frame=white)
    return as_encoded(good, path, path)


def _edit_entry(path: Path, edit: Any) -> None:
    edit_index(path, lambda moov: edit(table(tracks(moov, "vide")[0], "stsd").inside[0]))


def _arrays(configuration: bytes) -> Iterator[bytes]:
    """The arrays of NAL units of a decoder configuration (ISO/IEC 14496-15, 8.3.2.1)."""
    at = 23
    for _ in range(configuration[22]):
        start, count = at, int.from_bytes(configuration[at + 1 : at + 3], "big")
        at += 3
        for _ in range(count):
            at += 2 + int.from_bytes(configuration[at : at + 2], "big")
        yield configuration[start:at]


def _without_messages(sample: bytes) -> bytes:
    kept, at = b"", 0
    while at < len(sample):
        end = at + 4 + int.from_bytes(sample[at : at + 4], "big")
        if (sample[at + 4] >> 1) & 63 != _SEI_PREFIX:
            kept += sample[at:end]
        at = end
    return kept


def _filter(path: Path, description: str) -> None:
    """Rewrites the parameter sets of the picture; its slices stay as they are."""
    donor = path.with_name("donor.mp4")
    options = {"movflags": "negative_cts_offsets", "use_editlist": "0", "fflags": "+bitexact"}
    with av.open(str(path)) as read, av.open(str(donor), "w", options=options) as written:
        video = read.streams.video[0]
        stream = written.add_stream_from_template(video)
        bits = BitStreamFilterContext(description, video, stream)
        for packet in read.demux(video):
            for one in bits.filter(packet if packet.size else None):
                one.stream = stream
                written.mux(one)
    transplant(path, donor)
