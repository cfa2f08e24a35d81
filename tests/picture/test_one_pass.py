"""A bit rate in one pass: the chunks can be encoded in any order, and the movie keeps its average."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.picture import PictureFormat, YuvPlanes, chunk_path, chunk_rates, encode_chunk, movie_stretches, write_movie
from engine.picture.chunk_rates import first_rate, lower_rates

RATE = 60_000
H264 = PictureFormat(64, 48, Fraction(8), 64, "h264", 8, "sdr", gop=8, effort="quick", bit_rate=RATE)
HEVC = replace(H264, codec="hevc")
codecs = pytest.mark.parametrize("wanted", [H264, HEVC], ids=["h264", "hevc"])


def film(stretch: range) -> Iterator[YuvPlanes]:
    """Grain that changes with each frame. In each four seconds there is some for three, and then more."""
    grey = np.full((24, 32), 128, np.uint8)
    for number in stretch:
        strength = 4 if number % 32 < 24 else 12
        luma = np.random.default_rng(number).normal(120, strength, (48, 64))
        yield YuvPlanes(np.clip(luma, 16, 235).astype(np.uint8), grey, grey, 8)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sizes(path: Path) -> list[int]:
    """The bits of each frame, in order."""
    with av.open(str(path)) as file:
        found = {packet.pts: 8 * packet.size for packet in file.demux(video=0) if packet.size}
    return [found[pts] for pts in sorted(found)]


@codecs
def test_chunks_have_the_same_bytes_in_any_order(wanted: PictureFormat, tmp_path: Path) -> None:
    write_movie(tmp_path / "movie.mp4", film, wanted, work=tmp_path / "work")
    for stretch in reversed(movie_stretches(wanted)):
        encode_chunk(chunk_path(tmp_path / "other", wanted, stretch), stretch, film, wanted, None)
    write_movie(tmp_path / "other.mp4", lambda stretch: iter(()), wanted, work=tmp_path / "other")
    assert sha256(tmp_path / "other.mp4") == sha256(tmp_path / "movie.mp4")


def test_a_movie_above_its_rate_has_chunks_encoded_again_and_resumes_with_the_same_bytes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As in a long movie, whose buffer of one second is nothing.
    monkeypatch.setattr(chunk_rates, "_BUFFER", 0)
    progress, work, requested = list[int](), tmp_path / "work", list[range]()
    chunks = write_movie(tmp_path / "movie.mp4", film, H264, work=work, progress=progress.append)
    assert sum(chunk.bits for chunk in chunks) <= 8 * RATE
    assert [chunk.lowered for chunk in chunks] == [True, True]
    assert progress == sorted(progress)
    assert progress[-1] == 64
    assert len(list(work.glob("*.nut"))) == 4

    def recorded(stretch: range) -> Iterator[YuvPlanes]:
        requested.append(stretch)
        return film(stretch)

    (lowered,) = (path for path in work.glob("*-00000032-32.nut") if path != chunk_path(work, H264, range(32, 64)))
    lowered.unlink()
    write_movie(tmp_path / "resumed.mp4", recorded, H264, work=work)
    assert requested == [range(32, 64)]
    assert sha256(tmp_path / "resumed.mp4") == sha256(tmp_path / "movie.mp4")


def test_a_join_fills_no_more_than_a_second_of_the_rate(tmp_path: Path) -> None:
    """Beside what the chunks have above their share; the whole movie has a buffer of one second for that."""
    movie = tmp_path / "movie.mp4"
    chunks = write_movie(movie, film, H264, work=tmp_path / "work")
    full = most = Fraction(0)
    for bits in sizes(movie):
        full += bits
        most = max(most, full)
        full = max(Fraction(0), full - RATE / H264.rate)
    above = sum(max(0, chunk.bits - RATE * chunk.decoded / H264.rate) for chunk in chunks)
    assert most <= RATE + above
    assert above <= RATE


def test_only_a_movie_above_its_rate_gets_lower_rates() -> None:
    long = replace(HEVC, frames=8 * 3600)
    assert first_rate(long) == 58_816
    assert first_rate(H264) == RATE, "the buffer of one second gives a short movie room enough"
    assert first_rate(replace(H264, bit_rate=None)) is None
    share, both, rates = 4 * RATE, [32, 32], [58_000, 58_000]
    assert lower_rates([share, share + RATE], both, rates, H264, 0) == [None, None]
    # The bits that one chunk leaves may go to another.
    assert lower_rates([0, 2 * share], both, rates, H264, 0) == [None, None]
    assert lower_rates([share, 2 * share], both, rates, H264, 0) == [None, int(58_000 * 0.98 * 5 / 8)]
    assert lower_rates([share, share + RATE], both, rates, H264, RATE) == [None, int(58_000 * 0.98 * 4 / 5)]
    assert lower_rates([share, 99 * share], both, rates, H264, 0) == [None, 7_500]
    assert lower_rates([share, 99 * share], both, [58_000, 7_500], H264, 0) == [None, None]
