"""A take starts at 0 whatever the file's first time stamp is, and its length is that of its content."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.ingest import Footage, inspect
from engine.picture import PictureSource
from engine.sound import read_blocks
from fixtures import clips
from fixtures.remux import remux

MILLISECOND = Fraction(1, 1000)


@pytest.fixture(scope="module")
def take(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two seconds with three flashes, each with a simultaneous click."""
    path = tmp_path_factory.mktemp("clock") / "IMG_0001.MOV"
    clips.flash_and_click(path, 2, uneven=False)
    return path


def flash_and_click(footage: Footage) -> tuple[Fraction, float]:
    """Return the time of the second flash and of its click, both in seconds on the take's clock."""
    grid, picture = footage.grid, footage.probe.picture
    assert grid is not None
    assert picture is not None
    with PictureSource(footage.path, picture) as source:
        lit = [
            tick
            for tick in range(25, len(grid.sources))
            if source.planes_at(grid.pts[grid.sources[tick]]).samples[0].mean() > 500
        ]
    # Start in the middle, so that a seek is needed.
    start = Fraction(9, 10)
    sound = np.concatenate(list(read_blocks(footage.path, start=start)))[:, 0]
    return lit[0] / grid.rate, float(start) + int(np.argmax(np.abs(sound) > 0.2)) / 48_000


@pytest.mark.parametrize("name", ["later.mkv", "later.mov", "later.mp4"])
@pytest.mark.parametrize("start", [0, Fraction(7, 2), 3600])
def test_a_take_starts_at_0_for_any_first_time_stamp(
    take: Path, tmp_path: Path, name: str, start: Fraction | int
) -> None:
    footage = inspect(remux(take, tmp_path / name, start=start))
    assert footage.probe.duration == 2
    assert footage.probe.picture is not None
    assert footage.probe.picture.frames == 60
    (sound,) = footage.probe.sound
    assert sound.start < Fraction(1, 20)
    assert abs(sound.start + sound.duration - 2) < Fraction(1, 20)
    flash, click = flash_and_click(footage)
    assert flash == flash_and_click(inspect(take))[0]
    assert abs(float(flash) - click) < 0.003


def test_sound_that_starts_after_the_picture_keeps_its_offset(take: Path, tmp_path: Path) -> None:
    footage = inspect(remux(take, tmp_path / "later.mkv", start=3600, sound_later=Fraction(1, 4)))
    assert footage.probe.duration == 2
    assert abs(footage.probe.sound[0].start - Fraction(1, 4)) < Fraction(1, 20)
    flash, click = flash_and_click(footage)
    assert abs(float(flash) + 0.25 - click) < 0.003


@pytest.mark.parametrize("unfinished", [False, True])
def test_an_audio_only_matroska_file_is_as_long_as_its_sound(take: Path, tmp_path: Path, unfinished: bool) -> None:
    path = remux(take, tmp_path / "voice.mka", start=3600, picture=False, unfinished=unfinished)
    probe = inspect(path).probe
    samples = sum(len(block) for block in read_blocks(path))
    assert probe.duration == probe.sound[0].duration
    assert abs(probe.duration - Fraction(samples, 48_000)) < 2 * MILLISECOND
    assert abs(probe.duration - 2) < Fraction(1, 20)
