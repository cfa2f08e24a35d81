"""Two-pass rate control: the bits of a movie go to the chunks that need them, across interruptions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.errors import Cancelled
from engine.picture import PictureFormat, YuvPlanes, forget_chunks, write_movie
from engine.picture.fidelity import join_digests, picture_digest
from engine.picture.two_pass import share_bits

RATE = 60_000
H264 = PictureFormat(64, 48, Fraction(8), 64, "h264", 8, "sdr", gop=8, effort="quick", bit_rate=RATE, passes=2)
# Its first pass leaves out most of the grain, so that all chunks exceed their rates.
HEVC = replace(H264, codec="hevc", frames=128)


def film(stretch: range) -> Iterator[YuvPlanes]:
    """Grain that changes with each frame: little of it for four seconds, then more for four, and again."""
    ramp = np.linspace(40, 200, 64 + 128)
    grey = np.full((24, 32), 128, np.uint8)
    for number in stretch:
        luma = np.tile(ramp[number : number + 64], (48, 1))
        luma = luma + np.random.default_rng(number).normal(0, 4 if number % 64 < 32 else 9, luma.shape)
        yield YuvPlanes(np.clip(luma, 16, 235).astype(np.uint8), grey, grey, 8)


def after(calls: int) -> Callable[[], bool]:
    """True from the `calls`th question on."""
    asked = iter(range(calls))
    return lambda: next(asked, None) is None


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.mark.parametrize("wanted", [H264, pytest.param(HEVC, marks=pytest.mark.slow)], ids=["h264", "hevc"])
def test_two_passes_reach_the_rate_and_give_more_to_what_needs_it(wanted: PictureFormat, tmp_path: Path) -> None:
    movie, progress = tmp_path / "movie.mp4", list[int]()
    chunks = write_movie(movie, film, wanted, work=tmp_path / "work", progress=progress.append)
    with av.open(str(movie)) as file:
        digests = [picture_digest(frame) for frame in file.decode(video=0)]
    for chunk in chunks:
        shown = digests[chunk.first : chunk.first + chunk.decoded]
        assert join_digests(shown) == chunk.digest, "the chunks need other parameter sets than the movie has"
    with av.open(str(movie)) as file:
        sizes = {packet.pts * packet.time_base: packet.size for packet in file.demux(video=0) if packet.size}
    seconds = wanted.frames / wanted.rate
    calm, busy = (
        16 * sum(size for at, size in sizes.items() if (at % 8 >= 4) == late) / seconds for late in (False, True)
    )
    assert (calm + busy) / 2 == pytest.approx(RATE, rel=0.15 if wanted is HEVC else 0.1)
    assert busy > 1.3 * calm
    assert busy < 2 * RATE
    assert progress == sorted(progress), "progress went back between the passes"
    assert progress[-1] == wanted.frames
    forget_chunks(tmp_path / "work")
    assert list((tmp_path / "work").iterdir()) == []


@pytest.mark.parametrize("frames", [40, 100], ids=["in the first pass", "in the second pass"])
def test_a_resumed_movie_has_the_same_bytes_and_measures_no_chunk_twice(frames: int, tmp_path: Path) -> None:
    write_movie(tmp_path / "whole.mp4", film, H264, work=tmp_path / "whole")
    movie, work, rendered = tmp_path / "movie.mp4", tmp_path / "work", list[range]()
    with pytest.raises(Cancelled):
        write_movie(movie, film, H264, work=work, cancelled=after(frames))
    assert not movie.exists()

    def recorded(stretch: range) -> Iterator[YuvPlanes]:
        rendered.append(stretch)
        return film(stretch)

    write_movie(movie, recorded, H264, work=work)
    first, second = range(32), range(32, 64)
    assert rendered == ([second, first, second] if frames == 40 else [second])
    assert sha256(movie) == sha256(tmp_path / "whole.mp4")


def test_a_first_pass_counts_only_with_its_log(tmp_path: Path) -> None:
    work = tmp_path / "work"
    with pytest.raises(Cancelled):
        write_movie(tmp_path / "movie.mp4", film, H264, work=work, cancelled=after(40))
    (measured,) = work.glob("*.json")
    assert json.loads(measured.read_bytes())["bits"] > 0
    log = measured.with_suffix("")
    assert log.is_file()
    assert not list(work.glob(f"{log.name}*temp*")), "the encoder has not closed its log"


def test_bits_are_shared_by_cost_up_to_the_limit() -> None:
    assert share_bits(Fraction(90), [1, 2], [10, 10], Fraction(100)) == [30, 60]
    # The second chunk takes 50 at most; the rest goes to the others by their costs.
    assert share_bits(Fraction(90), [1, 20, 3], [10, 10, 10], Fraction(5)) == [10, 50, 30]
    assert share_bits(Fraction(900), [1, 2], [10, 10], Fraction(5)) == [50, 50]
    assert share_bits(Fraction(90), [0, 0], [10, 10], Fraction(5)) == [0, 0]
