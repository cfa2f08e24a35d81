"""A movie is encoded in chunks: the result is the same after any number of interruptions."""

from __future__ import annotations

import hashlib
import io
import logging
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer

from engine.errors import Cancelled
from engine.picture import MovieLayout, PictureFormat, YuvPlanes, forget_chunks, write_movie
from engine.picture.chunks import cut

HLG = PictureFormat(64, 64, Fraction(24), 240, "hevc", 10, "hlg", gop=12, bit_rate=2_000_000)
SDR = replace(HLG, codec="h264", bit_depth=8, view="sdr", effort="quick", bit_rate=None, quality=23)
formats = pytest.mark.parametrize("wanted", [HLG, SDR], ids=["hlg-hevc", "sdr-h264"])


@dataclass
class Film:
    """Frames that encode their number: a white bar for each set bit."""

    bit_depth: int
    requested: list[range]

    def __call__(self, stretch: range) -> Iterator[YuvPlanes]:
        self.requested.append(stretch)
        sample, code = (np.uint16, 4) if self.bit_depth == 10 else (np.uint8, 1)
        chroma = np.full((32, 32), 128 * code, sample)
        for number in stretch:
            bars = [200 if number >> bit & 1 else 40 for bit in range(8)]
            luma = np.broadcast_to(np.repeat(bars, 8), (64, 64)) * code
            yield YuvPlanes(luma.astype(sample), chroma, chroma, self.bit_depth)


def film(wanted: PictureFormat) -> Film:
    return Film(wanted.bit_depth, [])


def numbers(path: Path) -> list[int]:
    """The frames of a movie in presentation order."""
    with av.open(str(path)) as movie:
        shown = [frame.to_ndarray(format="gray")[32, 4::8] > 120 for frame in movie.decode(video=0)]
    return [sum(1 << bit for bit, lit in enumerate(bars) if lit) for bars in shown]


def pictures(file: InputContainer) -> list[str]:
    """The digest of every decoded picture."""
    return [hashlib.sha256(frame.to_ndarray().tobytes()).hexdigest() for frame in file.decode(video=0)]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def chunks(work: Path) -> dict[str, tuple[int, int]]:
    """The existing chunks with their inodes and modification times."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in sorted(work.glob("*.nut"))}


def after(frames: int) -> Callable[[], bool]:
    """A callback that cancels after `frames` encoded frames."""
    calls = iter(range(frames))
    return lambda: next(calls, None) is None


@pytest.fixture
def undisturbed(tmp_path: Path, wanted: PictureFormat) -> Path:
    path = tmp_path / "undisturbed.mp4"
    write_movie(path, film(wanted), wanted, work=tmp_path / "undisturbed")
    return path


def test_chunks_are_whole_gops_of_about_four_seconds() -> None:
    assert cut(240, 12, Fraction(24)) == [range(0, 96), range(96, 192), range(192, 240)]
    assert cut(239, 12, Fraction(24)) == [range(0, 96), range(96, 239)]
    assert cut(1, 12, Fraction(24)) == [range(0, 1)]
    assert cut(1000, 14, Fraction(30000, 1001))[0] == range(0, 126)
    assert cut(40, 1, Fraction(1)) == [range(0, 16), range(16, 32), range(32, 40)]


@formats
@pytest.mark.parametrize("edit_list", [False, True])
def test_chunks_are_joined_into_one_movie(tmp_path: Path, wanted: PictureFormat, edit_list: bool) -> None:
    path = tmp_path / "movie.mp4"
    write_movie(path, film(wanted), wanted, work=tmp_path / "work", layout=MovieLayout(edit_list=edit_list))
    assert len(chunks(tmp_path / "work")) == 3
    assert numbers(path) == list(range(240))
    with av.open(str(path)) as movie:
        packets = [packet for packet in movie.demux(video=0) if packet.size]
        assert all(packet.pts is not None and packet.dts is not None for packet in packets)
        shown = sorted(packet.pts * packet.time_base for packet in packets)
        decoded = [packet.dts * packet.time_base for packet in packets]
        keys = sorted(packet.pts * packet.time_base for packet in packets if packet.is_keyframe)
    assert shown == [Fraction(number, 24) for number in range(240)]
    assert decoded == sorted(set(decoded))
    assert all(packet.dts <= packet.pts for packet in packets)
    assert {Fraction(0), Fraction(96, 24), Fraction(192, 24)} <= set(keys)
    assert max(b - a for a, b in zip(keys, [*keys[1:], Fraction(240, 24)], strict=True)) <= Fraction(wanted.gop, 24)


@formats
def test_every_gop_of_a_still_picture_starts_with_a_key_frame(tmp_path: Path, wanted: PictureFormat) -> None:
    path = tmp_path / "movie.mp4"
    grey = film(wanted)
    write_movie(path, lambda stretch: (next(grey(range(1))) for _ in stretch), wanted, work=tmp_path / "work")
    with av.open(str(path)) as movie:
        keys = [packet.pts * packet.time_base for packet in movie.demux(video=0) if packet.size and packet.is_keyframe]
    assert keys == [Fraction(number, 24) for number in range(0, 240, 12)]


@formats
def test_a_cancelled_render_resumes_after_its_last_complete_chunk(
    tmp_path: Path, wanted: PictureFormat, undisturbed: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path, work, frames = tmp_path / "movie.mp4", tmp_path / "work", film(wanted)
    with pytest.raises(Cancelled):
        write_movie(path, frames, wanted, work=work, cancelled=after(200))
    assert not path.exists()
    finished = chunks(work)
    assert [file.name for file in sorted(work.iterdir())] == list(finished)
    assert len(finished) == 2

    frames.requested.clear()
    reported: list[int] = []
    with caplog.at_level(logging.INFO, "engine.picture"):
        write_movie(path, frames, wanted, work=work, progress=reported.append)
    assert frames.requested == [range(192, 240)]
    assert reported == [96, 192, *range(193, 241)]
    assert caplog.messages == ["chunk 1 of 3 was there", "chunk 2 of 3 was there", "chunk 3 of 3: frames 192 to 239"]
    assert finished.items() <= chunks(work).items()
    assert sha256(path) == sha256(undisturbed)

    forget_chunks(work)
    assert list(work.iterdir()) == []


@pytest.mark.parametrize("wanted", [SDR], ids=["sdr-h264"])
@pytest.mark.parametrize("damage", ["torn", "torn at the very end", "empty", "altered", "another's"])
def test_a_chunk_with_wrong_content_is_encoded_again(
    tmp_path: Path, wanted: PictureFormat, undisturbed: Path, damage: str
) -> None:
    work, frames = tmp_path / "undisturbed", film(wanted)
    first, second, _ = sorted(work.glob("*.nut"))
    content = second.read_bytes()
    damaged = {
        "torn": content[: len(content) // 2],
        "torn at the very end": content[:-1],
        "empty": b"",
        "altered": content[:1000] + bytes([content[1000] ^ 1]) + content[1001:],
        "another's": first.read_bytes(),
    }
    second.write_bytes(damaged[damage])
    path = tmp_path / "movie.mp4"
    write_movie(path, frames, wanted, work=work)
    assert frames.requested == [range(96, 192)]
    assert second.read_bytes() == content
    assert sha256(path) == sha256(undisturbed)


@formats
def test_chunks_of_another_format_are_not_reused(tmp_path: Path, wanted: PictureFormat, undisturbed: Path) -> None:
    other = replace(wanted, effort="fast" if wanted.effort == "quick" else "quick")
    frames = film(wanted)
    write_movie(tmp_path / "movie.mp4", frames, other, work=tmp_path / "undisturbed")
    assert len(frames.requested) == 3


@formats
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_a_movie_of_few_frames_is_written(tmp_path: Path, wanted: PictureFormat, count: int) -> None:
    path = tmp_path / "movie.mp4"
    write_movie(path, film(wanted), replace(wanted, frames=count), work=tmp_path / "work")
    assert numbers(path) == list(range(count))


@formats
def test_a_slow_movie_has_chunks_long_enough_for_the_encoder(tmp_path: Path, wanted: PictureFormat) -> None:
    """At one frame per second, four seconds have fewer frames than x265's reordering."""
    path = tmp_path / "movie.mp4"
    slow = replace(wanted, rate=Fraction(1), frames=25, gop=1)
    write_movie(path, film(wanted), slow, work=tmp_path / "work")
    assert numbers(path) == list(range(25))


@formats
def test_the_movie_decodes_to_the_same_frames_as_its_chunks(tmp_path: Path, wanted: PictureFormat) -> None:
    """No frame is encoded twice, and the movie's header describes every chunk."""
    path, work = tmp_path / "movie.mp4", tmp_path / "work"
    write_movie(path, film(wanted), wanted, work=work)
    expected: list[str] = []
    for chunk in sorted(work.glob("*.nut")):
        content = chunk.read_bytes()
        footer_size, _ = struct.unpack(">I16s", content[-20:])
        with av.open(io.BytesIO(content[: -20 - footer_size]), format="nut") as file:
            expected += pictures(file)
    with av.open(str(path)) as movie:
        assert pictures(movie) == expected
