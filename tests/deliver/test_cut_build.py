"""The film of a cut: picture and sound stay together at every edit, and no join clicks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from scipy.signal import butter, sosfilt

from engine.catalog import Condition, Damage
from engine.deliver import CutCondition, CutRequest, CutTake, Recipe, build_cut, load_recipe, read_receipt
from engine.errors import Cancelled, FileInTheWayError, GateError, RequestError
from engine.ingest import inspect
from engine.picture import chapters_in
from engine.speech import Cue
from engine.timeline import Clip, Cut, CutMarker, Transition
from fixtures import flashes
from fixtures.flashes import write_flashes
from tests.permissions import DELIVER

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
    made = build_cut(DELIVER, CutRequest(cut, takes, plain_recipe()), tmp_path)
    assert [check.name for check in made.checks if check.failed] == []
    assert check_sync(cut, takes, tmp_path / "film.mp4") >= 11
    check_joins(cut, tmp_path / "film.mp4")


@pytest.mark.slow
@pytest.mark.parametrize("rate", [Fraction(30_000, 1001), Fraction(25)])
def test_picture_and_sound_stay_together_over_two_hundred_edits(
    takes: dict[str, CutTake], tmp_path: Path, rate: Fraction
) -> None:
    cut = edits(200, rate)
    build_cut(DELIVER, CutRequest(cut, takes, plain_recipe()), tmp_path)
    assert check_sync(cut, takes, tmp_path / "film.mp4") >= 200
    check_joins(cut, tmp_path / "film.mp4")


@pytest.fixture(scope="module")
def film(takes: dict[str, CutTake], tmp_path_factory: pytest.TempPathFactory) -> tuple[Cut, CutRequest, Path]:
    """A film of a clip, a gap, a clip of a take without sound, and a dissolve and a dip. Read-only."""
    folder = tmp_path_factory.mktemp("film")
    mute = takes["0"].footage
    silent = replace(mute, probe=mute.probe.model_copy(update={"sound": ()}))
    heard = takes["2"].footage
    blind = replace(heard, probe=heard.probe.model_copy(update={"picture": None}), grid=None)
    known = {**takes, "mute": replace(takes["0"], footage=silent), "blind": replace(takes["2"], footage=blind)}
    clips = (
        Clip("1", "0", 40, 30, markers=(CutMarker(40, "Start", "chapter"), CutMarker(50, "note"))),
        Clip("2", None, 0, 20),
        Clip("3", "mute", 60, 30, markers=(CutMarker(70, "Silence & room", "chapter"),)),
        Clip("4", "1", 60, 30, transition=Transition("dissolve", 6, 6)),
        Clip("5", "5", 90, 30, transition=Transition("dip", 5, 5)),
        Clip("6", "blind", 30, 20, markers=(CutMarker(31, "", "chapter"),)),
    )
    cut = Cut("film", Fraction(30), 96, 54, clips)
    cues = (Cue(Fraction(1, 5), Fraction(4, 5), "Said in the first clip."),)
    recipe = plain_recipe().model_copy(update={"captions": load_recipe("captions").captions})
    order = CutRequest(cut, known, recipe, cues=cues, language="en")
    made = build_cut(DELIVER, order, folder, source_digest="the cut")
    assert [check.name for check in made.checks if check.failed] == []
    return cut, order, folder


def test_a_gap_and_a_take_without_picture_are_black_and_have_room_tone(film: tuple[Cut, CutRequest, Path]) -> None:
    cut, _, folder = film
    lumas, sound = decoded(folder / "film.mp4")
    assert len(lumas) == cut.length
    positions = cut.positions
    assert (np.abs(lumas[positions[1] : positions[2]] - 16) < 1).all()
    assert (np.abs(lumas[positions[5] :] - 16) < 1).all()
    samples = np.square(sound[: len(sound) // 480 * 480]).reshape(-1, 480).mean(1)
    gap = samples[positions[1] * 100 // 30 + 3 : positions[3] * 100 // 30 - 3]
    first = samples[10:20]
    assert gap.min() > 0
    assert abs(10 * np.log10(np.median(gap) / np.median(first))) < 6


def test_a_dissolve_mixes_both_takes_and_a_dip_goes_through_black(film: tuple[Cut, CutRequest, Path]) -> None:
    cut, _, folder = film
    lumas, _ = decoded(folder / "film.mp4")
    dissolve, dip = cut.positions[3], cut.positions[4]
    before, after = (flashes.luma_at(Fraction(tick, 30)) for tick in (90, 60))
    middle = lumas[dissolve]
    assert min(before, after) - 3 <= middle <= max(before, after) + 8
    around = lumas[dip - 7 : dip + 7]
    assert around.argmin() in (6, 7)
    assert around.min() < 0.6 * min(around[0], around[-1])


def test_chapters_are_in_the_movie_and_in_a_text_file(film: tuple[Cut, CutRequest, Path]) -> None:
    _, _, folder = film
    found = chapters_in(folder / "film.mp4")
    assert [(float(one.start), one.title) for one in found] == [
        (0.0, "Start"),
        (2.0, "Silence & room"),
        (pytest.approx(141 / 30, abs=0.002), "Chapter 3"),
    ]
    assert (folder / "film.chapters.txt").read_text() == "0:00 Start\n0:02 Silence & room\n0:04 Chapter 3\n"


def test_the_receipt_lists_the_cut_and_its_takes(film: tuple[Cut, CutRequest, Path]) -> None:
    cut, order, folder = film
    (made,) = read_receipt(folder).deliveries
    assert made.cut is not None
    assert (made.take, made.cut.name, made.cut.clips, made.cut.rate) == ("film", "film", 6, 30)
    assert [one.take for one in made.cut.takes] == [order.takes[take].label for take in cut.takes]
    assert made.cut.takes[1].sound_track is None
    assert made.cut.takes[3].conversion is not None
    assert {file.role for file in made.files} == {"movie", "captions", "chapters"}
    assert made.passed
    assert made.complete


def test_a_changed_cut_replaces_its_own_film_and_no_other(film: tuple[Cut, CutRequest, Path], tmp_path: Path) -> None:
    cut, order, _ = film
    short = replace(order, cut=replace(cut, clips=cut.clips[:1]), recipe=load_recipe("captions"))
    build_cut(DELIVER, short, tmp_path, source_digest="the cut")
    longer = replace(short, cut=replace(cut, clips=cut.clips[:3]))
    assert build_cut(DELIVER, longer, tmp_path, source_digest="the cut").duration > 1
    with pytest.raises(FileInTheWayError):
        build_cut(DELIVER, short, tmp_path, source_digest="another cut")


def test_a_stopped_film_continues_and_is_the_same(takes: dict[str, CutTake], tmp_path: Path) -> None:
    # Two chunks of four seconds, with few frames.
    cut = Cut("film", Fraction(10), 96, 54, (Clip("1", "1", 10, 45), Clip("2", "5", 5, 30)))
    order = CutRequest(cut, takes, plain_recipe(gop_seconds=0.5))
    whole = build_cut(DELIVER, order, tmp_path / "whole")
    seen: list[int] = []
    with pytest.raises(Cancelled):
        build_cut(
            DELIVER,
            order,
            tmp_path / "parts",
            work=tmp_path / "work",
            progress=lambda done, *_: seen.append(done),
            cancelled=lambda: bool(seen) and seen[-1] > cut.length * 2 // 3,
        )
    stopped = len(seen)
    again = build_cut(
        DELIVER, order, tmp_path / "parts", work=tmp_path / "work", progress=lambda done, *_: seen.append(done)
    )
    assert len(seen) - stopped < cut.length
    assert [file.sha256 for file in again.files] == [file.sha256 for file in whole.files]


def test_a_cut_of_a_damaged_stretch_waits_for_a_yes(takes: dict[str, CutTake], tmp_path: Path) -> None:
    cut = Cut("film", Fraction(30), 96, 54, (Clip("1", "0", 30, 20), Clip("2", "1", 0, 20)))
    order = CutRequest(cut, takes, plain_recipe())

    def damage(start: int) -> dict[str, Condition]:
        found = Damage(
            kind="undecodable", media="picture", start=Fraction(start), end=Fraction(start + 1), detail="lost"
        )
        return {"0": Condition(checked=True, damage=(found,))}

    CutCondition(order, damage(4)).refuse()
    with pytest.raises(GateError, match="“film” uses damaged takes: IMG_0 is "):
        build_cut(DELIVER, order, tmp_path, condition=CutCondition(order, damage(1)))
    made = build_cut(DELIVER, order, tmp_path, condition=CutCondition(order, damage(1), accepted=True))
    assert not made.complete
    assert made.passed
    assert made.cut is not None
    assert [one.complete for one in made.cut.takes] == [False, True]


def test_a_cut_that_a_recipe_cannot_use_is_refused(takes: dict[str, CutTake], tmp_path: Path) -> None:
    empty = Cut("film", Fraction(30), 96, 54)
    with pytest.raises(RequestError, match="no clips"):
        build_cut(DELIVER, CutRequest(empty, takes, plain_recipe()), tmp_path)
    unknown = replace(empty, clips=(Clip("1", "gone", 0, 10),))
    with pytest.raises(RequestError, match="1 of the takes"):
        build_cut(DELIVER, CutRequest(unknown, takes, plain_recipe()), tmp_path)
    long = replace(empty, clips=(Clip("1", "0", 0, 90),))
    with pytest.raises(RequestError, match="at most 2 s"):
        build_cut(DELIVER, CutRequest(long, takes, plain_recipe().model_copy(update={"max_seconds": 2})), tmp_path)


def test_a_rate_above_the_recipes_is_halved_at_real_speed(takes: dict[str, CutTake], tmp_path: Path) -> None:
    cut = Cut("film", Fraction(60), 96, 54, (Clip("1", "3", 60, 31), Clip("2", "0", 120, 60)))
    made = build_cut(DELIVER, CutRequest(cut, takes, plain_recipe(max_rate=30)), tmp_path)
    assert made.duration == Fraction(46, 30)
    lumas, _ = decoded(tmp_path / "film.mp4")
    assert len(lumas) == 46
    assert lumas[5] == pytest.approx(flashes.luma_at(Fraction(70, 60)), abs=4)
    assert made.passed
