"""The film of a cut: picture and sound stay together at every edit, and no join clicks."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from engine.deliver import CutRequest, CutTake, Recipe, build_cut, load_recipe
from engine.ingest import inspect
from engine.timeline import Clip, Cut
from fixtures import flashes
from fixtures.flashes import write_flashes

RATES = (Fraction(30), Fraction(24), Fraction(30_000, 1001), Fraction(60), None, Fraction(25))
SECONDS = Fraction(8)


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CutTake]:
    """Takes at six rates, one of them variable. Read-only."""
    folder = tmp_path_factory.mktemp("camera")
    made = {}
    for number, rate in enumerate(RATES):
        footage = inspect(write_flashes(folder / f"IMG_{number}.mov", rate, SECONDS, number))
        assert footage.probe.picture is not None
        made[str(number)] = CutTake(str(number), footage.name, footage, "", footage.probe.picture.input_transform)
    return made


def plain_recipe(**picture: object) -> Recipe:
    """A small H.264 movie without burnt-in text, whose sound is only brought to its loudness."""
    recipe = load_recipe("review-proxy")
    assert recipe.picture is not None
    assert recipe.sound is not None
    return recipe.model_copy(
        update={
            "picture": recipe.picture.model_copy(update={"burn_in": (), "max_rate": None, "quality": 12, **picture}),
            "sound": recipe.sound.model_copy(update={"dialog": None, "limiter_db": 0.0}),
            "captions": None,
        }
    )


def edits(count: int, rate: Fraction, names: int = len(RATES)) -> Cut:
    """A cut of clips of 0.6 to 1.2 s at varied places of varied takes."""
    clips = []
    for number in range(count):
        length = int(rate * (6 + number * 7 % 7) / 10)
        start = number * 37 % int((SECONDS - 2) * rate)
        clips.append(Clip(str(number + 1), str(number * 5 % names), start, length, crossfade=(0, 480, 960)[number % 3]))
    return Cut("film", rate, 96, 54, tuple(clips))


def decoded(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The luma of the left half of each frame, and the mono sound at 48 kHz."""
    with av.open(str(path)) as file:
        lumas = [
            frame.to_ndarray()[8 : frame.height - 8, 8 : frame.width // 2 - 8].mean() for frame in file.decode(video=0)
        ]
    with av.open(str(path)) as file:
        planar = av.AudioResampler(format="fltp", layout="mono", rate=48_000)
        blocks = [part.to_ndarray()[0] for frame in file.decode(audio=0) for part in planar.resample(frame)]
    return np.array(lumas), np.concatenate(blocks)


def check_sync(cut: Cut, takes: dict[str, CutTake], path: Path) -> int:
    """Compares the time that each frame shows with the clicks of its clip. Returns the number of compared clicks.

    A frame is as near to its sound as a recorded frame can be: within half a frame, or within half of the hole that a
    phone left in a take with uneven times.
    """
    lumas, sound = decoded(path)
    high = np.abs(sosfilt(butter(4, 1000, "highpass", fs=48_000, output="sos"), sound))
    compared = 0
    for clip, position in zip(cut.clips, cut.positions, strict=True):
        grid = takes[clip.take or ""].footage.grid
        assert grid is not None
        times = np.array(grid.pts) * float(grid.time_base)
        first = clip.start / cut.rate
        for beat in range(int(first / flashes.BEAT) + 1, int(clip.end / cut.rate / flashes.BEAT) + 1):
            inside = beat * flashes.BEAT - first
            around = int((position / cut.rate + inside) * 48_000)
            if not Fraction(1, 20) < inside < clip.length / cut.rate - Fraction(1, 20):
                continue
            nearby = high[around - 1500 : around + 1500]
            loud = np.flatnonzero(nearby > nearby.max() / 2)
            # The click is loudest in its middle, 1.5 ms after its beat.
            heard = Fraction(int(around - 1500 + (loud[0] + loud[-1]) // 2 - 72), 48_000)
            for tick in range(position, position + clip.length):
                shown = (lumas[tick] - flashes.DARK) / (flashes.BRIGHT - flashes.DARK)
                heard_time = float(beat * flashes.BEAT + tick / cut.rate - heard)
                wanted = heard_time % 1
                # The ramp jumps at whole seconds.
                off = (shown - wanted + 0.5) % 1 - 0.5
                if 0.06 < wanted < 0.94:
                    assert abs(off) <= np.abs(times - heard_time).min() + 0.009, (clip.id, tick, off)
            compared += 1
    return compared


def check_joins(cut: Cut, path: Path) -> None:
    """The loudest millisecond within 20 ms of each join is at most 6 dB above the noise around it."""
    _, sound = decoded(path)
    high = sosfilt(butter(6, 3000, "highpass", fs=48_000, output="sos"), sound)
    power = np.convolve(np.square(high), np.ones(48) / 48, "same")
    clicks = np.convolve(np.abs(high) > 8 * np.sqrt(np.median(power)), np.ones(1440), "same") > 0
    compared = 0
    for join in cut.positions[1:]:
        at = int(join / cut.rate * 48_000)
        if clicks[at - 960 : at + 960].any():
            continue
        floors = [
            np.median(part[~quiet])
            for part, quiet in (
                (power[at - 6000 : at - 960], clicks[at - 6000 : at - 960]),
                (power[at + 960 : at + 6000], clicks[at + 960 : at + 6000]),
            )
        ]
        assert 10 * np.log10(power[at - 960 : at + 960].max() / max(floors)) <= 6
        compared += 1
    assert compared > len(cut.clips) // 3


def test_picture_and_sound_stay_together_over_ten_edits(takes: dict[str, CutTake], tmp_path: Path) -> None:
    cut = edits(11, Fraction(30))
    made = build_cut(CutRequest(cut, takes, plain_recipe()), tmp_path)
    assert [check.name for check in made.checks if check.failed] == []
    assert check_sync(cut, takes, tmp_path / "film.mp4") >= 11
    check_joins(cut, tmp_path / "film.mp4")


@pytest.mark.slow
@pytest.mark.parametrize("rate", [Fraction(30_000, 1001), Fraction(25)])
def test_picture_and_sound_stay_together_over_two_hundred_edits(
    takes: dict[str, CutTake], tmp_path: Path, rate: Fraction
) -> None:
    cut = edits(200, rate)
    build_cut(CutRequest(cut, takes, plain_recipe()), tmp_path)
    assert check_sync(cut, takes, tmp_path / "film.mp4") >= 200
    check_joins(cut, tmp_path / "film.mp4")
