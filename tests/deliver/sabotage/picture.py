"""Saboteurs of the picture track: format, frames, key frames, bit rate and quality."""

from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from engine.deliver.checks import Finished
from engine.picture.fidelity import FidelityMeter, packet_of
from fixtures.atoms import Atom, tracks
from tests.deliver.sabotage.files import (
    change_samples,
    edit_index,
    numbers,
    recode_picture,
    replace_samples,
    set_field,
    set_numbers,
    table,
    track_of,
)
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("frame-count", "film")
def last_frames_dropped(_: Finished, path: Path) -> None:
    """The last group of pictures is missing."""
    found = track_of(path, "vide")
    kept = numbers(table(found.atom, "stss"))[-1] - 1

    def shorten(track: Atom) -> None:
        for name in ("stts", "ctts"):
            for one in track.child("mdia", "minf", "stbl").all(name):
                rows, left = numbers(one), kept
                for at in range(0, len(rows), 2):
                    rows[at] = min(rows[at], left)
                    left -= rows[at]
                set_numbers(one, [value for at in range(0, len(rows), 2) if rows[at] for value in rows[at : at + 2]], 2)
        sync = table(track, "stss")
        set_numbers(sync, numbers(sync)[:-1])

    replace_samples(path, "vide", found.samples[:kept], shorten)


@saboteur("codec", "film")
def sample_entry_of_another_layout(_: Finished, path: Path) -> None:
    """The sample entry is avc3, which some players refuse, instead of avc1."""

    def edit(moov: Atom) -> None:
        table(tracks(moov, "vide")[0], "stsd").inside[0].kind = "avc3"

    edit_index(path, edit)


@saboteur("bit-depth", "film")
def ten_bits(_: Finished, path: Path) -> None:
    """The picture is encoded again with 10 bits per sample."""
    recode_picture(path, {"qp": "24"}, pix_fmt="yuv420p10le")


@saboteur("chroma", "film")
def more_chroma(_: Finished, path: Path) -> None:
    """The picture is encoded again as 4:2:2."""
    recode_picture(path, {"qp": "18"}, pix_fmt="yuv422p")


@saboteur("frame-size", "film")
def smaller_picture(_: Finished, path: Path) -> None:
    """The picture is encoded again in two thirds of its size."""
    recode_picture(path, {"qp": "18"}, width=64, height=36)


@saboteur("frame-rate", "film")
def wrong_timescale(_: Finished, path: Path) -> None:
    """The timescale of the track makes 25 of 30 frames per second."""

    def edit(moov: Atom) -> None:
        header = tracks(moov, "vide")[0].child("mdia", "mdhd")
        set_field(header, 12, int.from_bytes(header.head[12:16], "big") * 25 // 30)

    edit_index(path, edit)


@saboteur("frame-times", "film")
def uneven_times(_: Finished, path: Path) -> None:
    """One frame lasts half as long again, and the next one half as long."""

    def edit(moov: Atom) -> None:
        track = tracks(moov, "vide")[0]
        times = table(track, "stts")
        count, step = numbers(times)
        set_numbers(times, [60, step, 1, step * 3 // 2, 1, step - step // 2, count - 62, step], 2)

    edit_index(path, edit)


@saboteur("start-time", "film")
def late_picture(_: Finished, path: Path) -> None:
    """All frames are two frames later."""

    def edit(moov: Atom) -> None:
        track = tracks(moov, "vide")[0]
        count, step = numbers(table(track, "stts"))
        tables = track.child("mdia", "minf", "stbl")
        if offsets := tables.all("ctts"):
            rows = numbers(offsets[0])
            rows[1::2] = [value + 2 * step for value in rows[1::2]]
            set_numbers(offsets[0], rows, 2)
        else:
            tables.inside.append(Atom("ctts", struct.pack(">4I", 0, 1, count, 2 * step)))

    edit_index(path, edit)


@saboteur("key-frames", "film")
def long_gop(good: Finished, path: Path) -> Finished:
    """The encoder makes one GOP of the whole film."""
    recode_picture(path, {"qp": "12", "g": "90"})
    return as_encoded(good, path, good.path)


@saboteur("sync-samples", "film")
def forgotten_key_frames(_: Finished, path: Path) -> None:
    """The index lists only the first key frame, so that players seek to no other."""
    edit_index(path, lambda moov: set_numbers(table(tracks(moov, "vide")[0], "stss"), [1]))


@saboteur("bit-rate", "film")
def filler_data(_: Finished, path: Path) -> None:
    """Filler data raises the bit rate above the recipe's and its buffer."""
    change_samples(path, "vide", lambda _, sample: sample + _filler(6000))


@saboteur("bit-rate", "film", also=("fidelity",), because="a low bit rate passes with sufficient fidelity")
def starved_encoder(good: Finished, path: Path) -> Finished:
    """The encoder uses a fraction of the bit rate, and loses detail."""
    recode_picture(path, {"qp": "44"})
    return as_encoded(good, path, good.path)


@saboteur("frame-digests", "film")
def other_encoding(_: Finished, path: Path) -> None:
    """The picture is encoded again, in good quality."""
    recode_picture(path, {"qp": "12"})


@saboteur("fidelity", "film")
def coarse_encoder(good: Finished, path: Path) -> Finished:
    """The encoder loses detail, and fills the bit rate with filler data."""
    recode_picture(path, {"qp": "44"})
    change_samples(path, "vide", lambda _, sample: sample + _filler(3500))
    return as_encoded(good, path, good.path)


@saboteur("picture-kept", "film")
def black_picture(good: Finished, path: Path) -> Finished:
    """The renderer makes black frames, which the encoder keeps."""

    def black(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
        height = frame.shape[0] * 2 // 3
        frame[:height], frame[height:] = 16, 128
        return frame

    recode_picture(path, {"qp": "20"}, frame=black)
    return as_encoded(good, path, path)


def as_encoded(good: Finished, path: Path, sources: Path) -> Finished:
    """The good file's `Finished` as if its encoder had made the file at `path` from the frames of `sources`."""
    frames = range(good.source.format.frames)
    with av.open(str(path)) as movie, av.open(str(sources)) as source:
        context: Any = movie.streams.video[0].codec_context
        with FidelityMeter(context, context.name, context.pix_fmt, frames) as meter:
            for number, frame in enumerate(source.decode(video=0)):
                meter.add_source(number, frame)
            meter.add_packets([packet_of(bytes(packet)) for packet in movie.demux(video=0) if packet.size])
            chunk = meter.result()
    return replace(good.moved_to(path), movie_source=replace(good.source, chunks=(chunk,)))


def _filler(size: int) -> bytes:
    """A NAL unit of filler data with its length: H.264 (7.3.2.7)."""
    return (size + 2).to_bytes(4, "big") + b"\x0c" + b"\xff" * size + b"\x80"
