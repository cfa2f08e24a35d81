"""Encoding: every codec in every supported view, tagged in stream and container, reproducibly."""

from __future__ import annotations

import hashlib
import os
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from engine.isobmff import read_boxes
from engine.picture import HDR10_LIGHT, MovieLayout, PictureFormat, View, YuvPlanes, inspect_movie, write_movie
from engine.picture.encoders import Codec
from engine.picture.hdr10 import with_entry_boxes

TAGS = {"sdr": (1, 1, 1), "hlg": (9, 18, 9), "pq": (9, 16, 9)}
ENTRIES = {"hevc": "hvc1", "h264": "avc1", "av1": "av01", "prores": "apch"}
FORMATS: list[tuple[Codec, View]] = [
    ("hevc", "sdr"),
    ("hevc", "hlg"),
    ("hevc", "pq"),
    ("h264", "sdr"),
    ("av1", "sdr"),
    ("av1", "hlg"),
    ("av1", "pq"),
    ("prores", "sdr"),
    ("prores", "hlg"),
    ("prores", "pq"),
]


def small_format(codec: Codec, view: View, frames: int = 130) -> PictureFormat:
    """Two chunks of small frames."""
    depth = 8 if view == "sdr" and codec != "prores" else 10
    quality = None if codec == "prores" else 12
    return PictureFormat(96, 64, Fraction(24), frames, codec, depth, view, gop=12, effort="fast", quality=quality)  # type: ignore[arg-type]


def colours(number: int, like: PictureFormat) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A slowly moving ramp with changing colours."""
    code = 1 << (like.bit_depth - 8)
    y, x = np.mgrid[0:64, 0:96]
    rows = 64 if like.chroma == "422" else 32
    luma = 60 + (x + y + number) % 120
    cb = np.full((rows, 48), 110 + number % 30)
    cr = np.full((rows, 48), 150 - number % 30)
    kind = np.uint16 if like.bit_depth > 8 else np.uint8
    return tuple((plane * code).astype(kind) for plane in (luma, cb, cr))  # type: ignore[return-value]


def deliver(folder: Path, like: PictureFormat) -> Path:
    def frames(stretch: range) -> Iterator[YuvPlanes]:
        for number in stretch:
            yield YuvPlanes(*colours(number, like), like.bit_depth)

    kind = "mov" if like.codec == "prores" else "mp4"
    path = folder / f"movie.{kind}"
    folder.mkdir(exist_ok=True)
    write_movie(path, frames, like, work=folder / "work", layout=MovieLayout(kind, edit_list=False))
    return path


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Codec, View], Path]:
    """The movie in a small format, encoded once. Read only."""

    @cache
    def movie(codec: Codec, view: View) -> Path:
        return deliver(tmp_path_factory.mktemp("delivered"), small_format(codec, view))

    return movie


@pytest.mark.parametrize(("codec", "view"), FORMATS)
def test_stream_and_container_have_the_requested_format(
    delivered: Callable[[Codec, View], Path], codec: Codec, view: View
) -> None:
    like = small_format(codec, view)

    path = delivered(codec, view)

    found = inspect_movie(path)
    (track,) = read_boxes(path).tracks
    assert (found.codec, found.tag, track.entry) == (codec, ENTRIES[codec], ENTRIES[codec])
    assert (found.frames, found.start, found.rate) == (130, 0, 24)
    assert (found.width, found.height, found.chroma) == (96, 64, like.chroma)
    assert ("10" in found.pixel_format) == (like.bit_depth == 10)
    assert (found.tags, found.full_range) == (TAGS[view], False)
    assert found.closed
    assert found.longest_gop <= 12
    # A `colr` box of type nclx (nclc in QuickTime) has the same three numbers, readable without decoding.
    kind, *numbers = struct.unpack_from(">4s3H", track.extensions["colr"])
    assert kind == (b"nclc" if codec == "prores" else b"nclx")
    assert tuple(numbers) == TAGS[view]


@pytest.mark.parametrize(("codec", "view"), FORMATS)
def test_the_same_pictures_give_the_same_bytes(
    delivered: Callable[[Codec, View], Path], tmp_path: Path, codec: Codec, view: View
) -> None:
    again = deliver(tmp_path / "again", small_format(codec, view))

    assert again.read_bytes() == delivered(codec, view).read_bytes()


@pytest.mark.parametrize(("codec", "view"), [("hevc", "pq"), ("h264", "sdr"), ("av1", "sdr"), ("av1", "pq")])
def test_output_with_a_bit_rate_does_not_depend_on_thread_timing(tmp_path: Path, codec: Codec, view: View) -> None:
    """Rate control depends on earlier output, which must not depend on thread timing."""
    like = replace(small_format(codec, view), quality=None, bit_rate=300_000)
    digests = {hashlib.sha256(deliver(tmp_path / run, like).read_bytes()).hexdigest() for run in ("a", "b", "c")}

    assert len(digests) == 1


@pytest.mark.parametrize(("codec", "view"), [("hevc", "pq"), ("av1", "pq"), ("prores", "sdr"), ("h264", "sdr")])
def test_colours_and_the_order_of_frames_are_preserved(
    delivered: Callable[[Codec, View], Path], codec: Codec, view: View
) -> None:
    like = small_format(codec, view)
    code = 1 << (like.bit_depth - 8)

    with av.open(str(delivered(codec, view))) as movie:
        decoded = list(movie.decode(video=0))

    for number in (0, 1, 60, 97, 129):
        frame = decoded[number]
        for plane, given, columns in zip(frame.planes, colours(number, like), (96, 48, 48), strict=True):
            kind = given.dtype
            rows = np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, :columns]
            assert np.abs(rows.astype(int) - given).mean() <= 2 * code


@pytest.mark.parametrize("codec", ["hevc", "av1", "prores"])
def test_hdr10_metadata_is_in_the_container_and_the_stream(
    delivered: Callable[[Codec, View], Path], codec: Codec
) -> None:
    path = delivered(codec, "pq")

    boxes = read_boxes(path).tracks[0].extensions
    assert struct.unpack(">8H2I", boxes["mdcv"]) == (
        13250, 34500, 7500, 3000, 34000, 16000, 15635, 16450, 10_000_000, 1,
    )  # fmt: skip
    assert struct.unpack(">2H", boxes["clli"]) == (1000, 0)
    light = inspect_movie(path).light
    # A ProRes bitstream has no field for it.
    assert (light is None) == (codec == "prores")
    assert light is None or light.is_near(HDR10_LIGHT)


@pytest.mark.parametrize(("codec", "view"), [("hevc", "sdr"), ("hevc", "hlg"), ("av1", "sdr")])
def test_other_formats_have_no_hdr10_metadata(
    delivered: Callable[[Codec, View], Path], codec: Codec, view: View
) -> None:
    path = delivered(codec, view)

    assert inspect_movie(path).light is None
    assert not {"mdcv", "clli"} & read_boxes(path).tracks[0].extensions.keys()


def test_different_hdr10_metadata_is_not_near() -> None:
    dim = replace(HDR10_LIGHT, peak=Fraction(600), max_cll=600)

    assert not dim.is_near(HDR10_LIGHT)
    assert dim.svt == "G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(600,0.0001)"


def test_boxes_added_to_the_sample_entry_grow_all_parent_sizes() -> None:
    def box(kind: bytes, payload: bytes) -> bytes:
        return struct.pack(">I4s", len(payload) + 8, kind) + payload

    entry = box(b"hvc1", bytes(78) + box(b"hvcC", b"header"))
    moov = box(b"stsd", bytes(8) + entry) + box(b"stts", b"times")
    for kind in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        moov = box(kind, moov)
    extra = box(b"clli", b"1234")

    grown = with_entry_boxes(box(b"ftyp", b"isom") + moov, extra)

    assert len(grown) == 12 + len(moov) + len(extra)
    assert box(b"hvc1", bytes(78) + box(b"hvcC", b"header") + extra) in grown
    assert grown.endswith(box(b"stts", b"times"))
    with pytest.raises(ValueError, match="no moov"):
        with_entry_boxes(box(b"ftyp", b"isom"), extra)


def test_x265_writes_no_information_about_the_machine(tmp_path: Path) -> None:
    content = deliver(tmp_path, small_format("hevc", "hlg", frames=20)).read_bytes()

    assert b"x265" not in content
    assert b"cpuid" not in content


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux an encoder requests real-time scheduling")
def test_no_encoder_thread_gets_real_time_scheduling(tmp_path: Path) -> None:
    """As root, SVT-AV1 makes the process and its children real-time permanently."""
    deliver(tmp_path, small_format("av1", "sdr", frames=20))

    assert os.SCHED_FIFO not in {os.sched_getscheduler(int(thread)) for thread in os.listdir("/proc/self/task")}
