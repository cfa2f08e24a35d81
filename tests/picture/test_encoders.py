"""Encoders reach the requested rate, and have the same output on any number of cores."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from engine.picture import MovieLayout, PictureFormat, YuvPlanes, write_movie
from engine.picture.encoders import Codec
from fixtures.texture import Texture

UPRIGHT = PictureFormat(320, 576, Fraction(30), 45, "hevc", 10, "hlg", gop=15, bit_rate=1_300_000)
SMALL = PictureFormat(160, 96, Fraction(24), 28, "hevc", 10, "hlg", gop=12, bit_rate=300_000)
FORMATS = {
    "hevc, a bit rate": SMALL,
    "hevc, constant quality": replace(SMALL, bit_rate=None, quality=24, effort="careful"),
    "h264, a bit rate": replace(SMALL, codec="h264", bit_depth=8, view="sdr"),
    "av1, a bit rate": replace(SMALL, codec="av1"),
    "av1, constant quality": replace(SMALL, codec="av1", bit_rate=None, quality=40),
    "prores": replace(SMALL, codec="prores", bit_rate=None),
}

# Prints a digest for each format; the argument is the number of cores visible to the encoders.
_ON_CORES = """
import os, sys
from pathlib import Path
cores = sorted(os.sched_getaffinity(0))
os.sched_setaffinity(0, cores[:int(sys.argv[3])])
sys.path.insert(0, sys.argv[1])
from picture_tests.test_encoders import FORMATS, movie_digest
for name, like in FORMATS.items():
    print(movie_digest(like, Path(sys.argv[2]) / name))
"""


def movie_digest(like: PictureFormat, folder: Path) -> str:
    """SHA-256 of a movie with a moving, grainy texture."""
    return hashlib.sha256(write(like, folder)[0].read_bytes()).hexdigest()


def write(like: PictureFormat, folder: Path) -> tuple[Path, int]:
    """The movie, and the size of its picture track in bits."""
    texture = Texture(like.width, like.height, like.bit_depth, grain=0.7, speed=2.3)

    def frames(stretch: range) -> Iterator[YuvPlanes]:
        for luma, cb, cr in texture.frames(stretch):
            if like.chroma == "422":
                cb, cr = cb.repeat(2, axis=0), cr.repeat(2, axis=0)
            yield YuvPlanes(luma, cb, cr, like.bit_depth)

    folder.mkdir(parents=True)
    layout = MovieLayout("mov" if like.codec == "prores" else "mp4")
    path = folder / f"movie.{layout.format}"
    chunks = write_movie(path, frames, like, work=folder / "work", layout=layout)
    return path, sum(chunk.bits for chunk in chunks)


@pytest.mark.parametrize("codec", ["hevc", "h264", "av1"])
def test_a_textured_movie_has_the_requested_bit_rate(tmp_path: Path, codec: Codec) -> None:
    """x265's const-vbv reduced this movie to a third of its rate, and longer ones to a tenth."""
    like = UPRIGHT if codec == "hevc" else replace(UPRIGHT, codec=codec, bit_depth=8, view="sdr")
    _, bits = write(like, tmp_path / "film")
    rate = bits * like.rate / like.frames
    assert 0.75 <= rate / 1_300_000 <= 1 + 1 / 1.5


@pytest.mark.skipif(sys.platform != "linux", reason="only on Linux a process can select its cores")
def test_the_bytes_are_the_same_on_one_core_and_on_all(tmp_path: Path) -> None:
    (tmp_path / "picture_tests").symlink_to(Path(__file__).parent)
    (tmp_path / "fixtures").symlink_to(Path(__file__).parents[2] / "fixtures")
    counts = {1, len(os.sched_getaffinity(0))}
    digests = {
        subprocess.run(
            [sys.executable, "-c", _ON_CORES, str(tmp_path), str(tmp_path / str(count)), str(count)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for count in counts
    }
    assert len(digests) == 1
    assert len(digests.pop().split()) == len(FORMATS)
