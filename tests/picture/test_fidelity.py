"""Fidelity is measured on the decoded file, and agrees with an independent SSIM implementation."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from engine.picture import (
    ChunkFidelity,
    FrameSource,
    MovieLayout,
    PictureFormat,
    YuvPlanes,
    inspect_movie,
    join_digests,
    write_movie,
)
from engine.picture.encoders import Codec
from engine.picture.fidelity import packet_of
from fixtures.texture import Texture

SDR = PictureFormat(160, 96, Fraction(24), 30, "h264", 8, "sdr", gop=12, effort="quick", quality=30)
FORMATS = {
    "h264": SDR,
    "hevc": replace(SDR, codec="hevc", bit_depth=10, view="hlg", quality=None, bit_rate=300_000),
    "av1": replace(SDR, codec="av1", quality=45),
    "prores": replace(SDR, codec="prores", bit_depth=10, quality=None),
}


def textured(like: PictureFormat, grain: float = 2.0) -> FrameSource:
    texture = Texture(like.width, like.height, like.bit_depth, grain=grain)

    def frames(stretch: range) -> Iterator[YuvPlanes]:
        for luma, cb, cr in texture.frames(stretch):
            if like.chroma == "422":
                cb, cr = (np.repeat(plane, 2, axis=0) for plane in (cb, cr))
            yield YuvPlanes(luma, cb, cr, like.bit_depth)

    return frames


def write(folder: Path, like: PictureFormat, frames: FrameSource | None = None) -> tuple[Path, list[ChunkFidelity]]:
    kind = "mov" if like.codec == "prores" else "mp4"
    path = folder / f"movie.{kind}"
    measured = write_movie(path, frames or textured(like), like, work=folder / "work", layout=MovieLayout(kind))
    return path, measured


def planes_of(frame: av.VideoFrame) -> list[NDArray[np.float64]]:
    """Luma, Cb and Cr as floats."""
    kind = np.uint16 if "10" in frame.format.name else np.uint8
    return [
        np.frombuffer(memoryview(plane), kind).reshape(plane.height, -1)[:, : plane.width].astype(np.float64)
        for plane in frame.planes
    ]


def ssim(a: NDArray[np.float64], b: NDArray[np.float64], peak: float) -> float:
    """Wang et al. 2004 with uniform 8×8 windows every 4 samples, entirely inside the picture."""
    from scipy.ndimage import uniform_filter

    c1, c2 = (0.01 * peak) ** 2, (0.03 * peak) ** 2

    def mean(x: NDArray[np.float64]) -> NDArray[np.float64]:
        rows, columns = (size - size % 4 for size in x.shape)
        return np.asarray(uniform_filter(x, 8, origin=-4))[: rows - 4 : 4, : columns - 4 : 4]

    # The unbiased variance of 64 samples, as in FFmpeg.
    unbiased = 64 / 63
    ma, mb = mean(a), mean(b)
    va, vb = (mean(x * x) - m * m for x, m in ((a, ma), (b, mb)))
    covariance = mean(a * b) - ma * mb
    luminance = (2 * ma * mb + c1) / (ma * ma + mb * mb + c1)
    structure = (2 * covariance * unbiased + c2) / ((va + vb) * unbiased + c2)
    return float((luminance * structure).mean())


@pytest.mark.parametrize("codec", list(FORMATS))
def test_fidelity_is_the_ssim_of_the_decoded_file(tmp_path: Path, codec: Codec) -> None:
    like = FORMATS[codec]
    path, (measured,) = write(tmp_path, like)
    with av.open(str(path)) as movie:
        shown = [planes_of(frame) for frame in movie.decode(video=0)]
    source = list(textured(like)(range(like.frames)))
    peak = 255.0 if like.bit_depth == 8 else 1023.0
    assert (measured.decoded, measured.step, len(measured.ssim)) == (30, 1, 30)
    for number in (0, 13, 29):
        given = (source[number].y, source[number].u, source[number].v)
        expected = [ssim(a.astype(np.float64), b, peak) for a, b in zip(given, shown[number], strict=True)]
        assert measured.ssim[number] == pytest.approx(expected, abs=2e-3)
    # The file's pictures are the compared ones.
    assert join_digests(inspect_movie(path).pictures) == measured.digest


def test_a_resumed_movie_keeps_its_measurements(tmp_path: Path) -> None:
    like = replace(FORMATS["hevc"], frames=150)
    path, measured = write(tmp_path, like)
    _, last = sorted((tmp_path / "work").glob("*.nut"))
    last.unlink()
    content = path.read_bytes()
    resumed_path, resumed = write(tmp_path, like)
    assert len(measured) == 2
    assert resumed == measured
    assert resumed_path.read_bytes() == content


def test_a_movie_keeps_its_rate_if_a_chunk_exceeds_it(tmp_path: Path) -> None:
    """A cut from a still picture to a moving one: the movie as a whole keeps its rate."""
    like = replace(FORMATS["hevc"], frames=270, bit_rate=400_000)
    _, measured = write(tmp_path, like, textured(like, grain=12.0))
    seconds = like.frames / like.rate
    assert len(measured) == 3
    assert any(chunk.lowered for chunk in measured)
    # The recipe's rate, and a buffer of one second.
    assert sum(chunk.bits for chunk in measured) <= 400_000 * (seconds + 1)


@pytest.mark.parametrize("count", [1, 2, 7, 17])
@pytest.mark.parametrize("codec", list(FORMATS))
def test_the_shortest_movies_are_measured(tmp_path: Path, codec: Codec, count: int) -> None:
    _, (measured,) = write(tmp_path, replace(FORMATS[codec], frames=count))
    assert (measured.decoded, len(measured.ssim)) == (count, count)


@pytest.mark.parametrize("codec", list(FORMATS))
def test_a_black_movie_has_full_fidelity(tmp_path: Path, codec: Codec) -> None:
    like = FORMATS[codec]
    code, sample = (4, np.uint16) if like.bit_depth == 10 else (1, np.uint8)
    luma = np.full((like.height, like.width), 16 * code, sample)
    rows = like.height if like.chroma == "422" else like.height // 2
    chroma = np.full((rows, like.width // 2), 128 * code, sample)
    black = YuvPlanes(luma, chroma, chroma, like.bit_depth)
    _, (measured,) = write(tmp_path, like, lambda stretch: (black for _ in stretch))
    assert min(min(frame) for frame in measured.ssim) > 0.999


def test_a_packet_does_not_share_its_content() -> None:
    # A decoder's thread that releases a shared object can wait for Python's lock for ever: a delivery stopped there.
    content = b"coded" * 100
    references = sys.getrefcount(content)
    packet = packet_of(content)
    assert sys.getrefcount(content) == references
    assert bytes(packet) == content
