"""The film of a cut: picture and sound stay together at every edit, and no join clicks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import Condition, Damage
from engine.deliver import CutCondition, CutRequest, CutTake, build_cut, load_recipe, read_receipt
from engine.errors import Cancelled, FileInTheWayError, GateError, RequestError
from engine.picture import chapters_in
from engine.speech import Cue
from engine.timeline import Clip, Cut, CutMarker, Transition
from fixtures import flashes
from tests.deliver.flash_films import (
    LUMA_ERROR,
    decoded,
    edits,
    flash_takes,
    measure_joins,
    measure_sync,
    plain_recipe,
)
from tests.permissions import DELIVER

RATES = (Fraction(30), Fraction(24), Fraction(30_000, 1001), Fraction(60), None, Fraction(25))


@pytest.fixture(scope="module")
def takes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, CutTake]:
    """Takes at six rates, one of them variable. Read-only."""
    return flash_takes(tmp_path_factory.mktemp("camera"), RATES)


def test_picture_and_sound_stay_together_over_ten_edits(takes: dict[str, CutTake], tmp_path: Path) -> None:
    cut = edits(11, Fraction(30), len(RATES))
    made = build_cut(DELIVER, CutRequest(cut, takes, plain_recipe()), tmp_path)
    assert [check.name for check in made.checks if check.failed] == []
    lumas, sound = decoded(tmp_path / "film.mp4")
    sync = measure_sync(cut, takes, lumas, sound)
    assert sync.clicks >= 11
    assert sync.beyond <= LUMA_ERROR
    assert measure_joins(cut, sound).max() <= 6


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


def test_what_is_before_the_first_chapter_is_a_chapter(takes: dict[str, CutTake], tmp_path: Path) -> None:
    clip = Clip("1", "0", 0, 12, markers=(CutMarker(6, "Harbour", "chapter"),))
    order = CutRequest(Cut("film", Fraction(30), 96, 54, (clip,)), takes, plain_recipe())
    assert [(one.start, one.title) for one in order.chapters] == [(0, "film"), (Fraction(1, 5), "Harbour")]
    made = build_cut(DELIVER, order, tmp_path)
    assert made.passed, [check for check in made.checks if check.failed]
    assert [one.title for one in chapters_in(tmp_path / "film.mp4")] == ["film", "Harbour"]


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
