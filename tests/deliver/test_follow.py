"""Vertical deliverables whose crop follows the speakers: their pictures, receipts and checks."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.deliver import (
    CutRequest,
    CutTake,
    Deliverable,
    DeliverableRequest,
    FollowedTake,
    Recipe,
    build_cut,
    build_deliverable,
    find_problems,
    with_speed,
)
from engine.deliver.follow import take_crops
from engine.ingest import Footage, inspect
from engine.perception import match_speakers, plan_follow
from engine.picture import CropWindow, OutputSpec, PictureSource, Pipeline
from engine.timeline import Clip, Cut
from fixtures.cadence import TIMESCALE
from fixtures.iphone import Camera, finish
from fixtures.recorder import Recorder, h264
from tests.perception.talk import Turn, sitting, spoken
from tests.permissions import DELIVER

SIZE, SECONDS = (192, 108), 4
TALK: list[Turn] = [(0, 1.9, "A"), (2.1, 4, "B")]


def ramp(path: Path, rate: int = 30) -> Footage:
    """A picture that is brighter to the right, so that its mean tells where a crop is."""
    luma = np.broadcast_to(np.linspace(30, 220, SIZE[0])[None], SIZE[::-1]).round().astype(np.uint8)
    plain = np.full((SIZE[1] // 2, SIZE[0] // 2), 128, np.uint8)
    with Recorder(path, h264(*SIZE, Fraction(1, TIMESCALE), Fraction(rate)), []) as recorder:
        for number in range(rate * SECONDS):
            recorder.picture((luma.copy(), plain, plain), number * TIMESCALE // rate)
    finish(path, Camera("2025-06-14T07:00:00+0100"))
    return inspect(path)


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return ramp(tmp_path_factory.mktemp("ramp") / "IMG_1.MOV")


def recipe(**follow: object) -> Recipe:
    picture = {"view": "sdr", "codec": "h264", "canvas": "54x96", "fit": "follow", "quality": 16, "effort": "quick"}
    return Recipe.model_validate({"name": "upright", "title": "Upright", "picture": {**picture, "follow": follow}})


def followed(places: list[tuple[float, float]], wanted: Recipe) -> FollowedTake:
    faces = sitting(places, SECONDS, TALK)
    speakers = match_speakers(faces, spoken(TALK))
    assert wanted.picture
    plan = plan_follow(faces, spoken(TALK), speakers, SIZE, (54, 96), wanted.picture.follow.options())
    return FollowedTake(faces, plan, speakers)


def order_of(footage: Footage, wanted: Recipe, follow: FollowedTake | None) -> DeliverableRequest:
    assert footage.probe.picture
    return DeliverableRequest(footage, "take", wanted, footage.probe.picture.input_transform, follow=follow)


def means(folder: Path, delivered: Deliverable) -> NDArray[np.float64]:
    """The mean luma of each frame of the delivered movie."""
    (file,) = (one for one in delivered.files if one.role == "movie")
    movie = inspect(folder / file.path)
    assert movie.probe.picture
    assert movie.grid
    with PictureSource(movie.path, movie.probe.picture) as source:
        return np.array([planes.samples[0][:96, :54].mean() for planes in source.frames(movie.grid)])


def codes_at(footage: Footage, *middles: float) -> NDArray[np.float64]:
    """The mean luma of crops of the ramp around these places, without an encoder."""
    picture = footage.probe.picture
    assert picture
    assert footage.grid
    assert picture.input_transform
    with PictureSource(footage.path, picture) as source:
        (planes,) = source.frames(footage.grid, 0, 1)
    windows = [CropWindow(x, 0.5) for x in middles]
    spec = OutputSpec(54, 96, fit="fill")
    pipeline = Pipeline(picture, picture.input_transform, spec, crops=lambda number: windows[number])
    return np.array([frame.y.mean() for frame in pipeline.stream([(planes, None)] * len(windows))])


def test_a_take_is_cut_between_its_speakers(footage: Footage, tmp_path: Path) -> None:
    wanted = recipe()
    follow = followed([(0.25, 0.4), (0.75, 0.4)], wanted)
    made = build_deliverable(DELIVER, order_of(footage, wanted, follow), tmp_path)
    luma = means(tmp_path, made)
    (cut,) = follow.plan.path.cuts
    left, right = codes_at(footage, float(follow.plan.path.x[0]), float(follow.plan.path.x[-1]))
    assert right > left + 30
    assert np.abs(luma[:cut] - left).max() < 1
    assert np.abs(luma[cut:] - right).max() < 1
    assert abs(cut / 30 - 2) < 0.15
    (used,) = made.follow
    assert (used.take, used.faces, used.turns, used.cuts, used.moves) == ("take", 2, 2, 1, 0)
    assert used.in_safe_area == 1
    assert used.path_digest == follow.plan.path.digest
    assert [(one.speaker, one.face) for one in used.speakers] == [("A", 1), ("B", 2)]
    check = next(one for one in made.checks if one.id == "speaker-in-safe-area")
    assert check.passed
    assert made.passed


def test_a_pan_moves_evenly_and_a_late_one_is_a_warning(footage: Footage, tmp_path: Path) -> None:
    wanted = recipe(switch="pan", speed=3, acceleration=8)
    follow = followed([(0.25, 0.4), (0.75, 0.4)], wanted)
    made = build_deliverable(DELIVER, order_of(footage, wanted, follow), tmp_path)
    luma = means(tmp_path, made)
    path = follow.plan.path.x
    assert np.abs(luma - codes_at(footage, *map(float, path))).max() < 1
    moving = np.flatnonzero(np.diff(path) > 1e-4)
    # Slower than a pixel of the take a frame at both ends: nothing jumps.
    assert np.abs(np.diff(path)[moving[[0, -1]]]).max() * SIZE[0] < 1
    (used,) = made.follow
    assert (used.cuts, used.moves) == (0, 1)
    assert used.acceleration <= 8 + 1e-2
    check = next(one for one in made.checks if one.id == "speaker-in-safe-area")
    assert check.warning
    assert not check.passed
    assert made.passed


def test_a_film_follows_each_take_by_its_own_times(footage: Footage, tmp_path: Path) -> None:
    assert footage.probe.picture
    wanted = recipe()
    follow = followed([(0.25, 0.4), (0.75, 0.4)], wanted)
    cut = Cut("film", Fraction(30), *SIZE, (Clip("1", "1", 75, 20), Clip("2", "1", 15, 20)))
    takes = {"1": CutTake("1", "take", footage, "1", footage.probe.picture.input_transform)}
    made = build_cut(DELIVER, CutRequest(cut, takes, wanted, follows={"1": follow}), tmp_path)
    luma = means(tmp_path, made)
    left, right = codes_at(footage, float(follow.plan.path.x[0]), float(follow.plan.path.x[-1]))
    assert np.abs(luma[:20] - right).max() < 1
    assert np.abs(luma[20:] - left).max() < 1
    assert made.follow[0].in_safe_area == 1


def test_without_faces_the_crop_is_in_the_middle_and_the_receipt_says_so(footage: Footage, tmp_path: Path) -> None:
    wanted = recipe()
    short = replace(order_of(footage, wanted, followed([], wanted)), end=Fraction(1, 2))
    made = build_deliverable(DELIVER, short, tmp_path)
    assert np.abs(means(tmp_path, made) - codes_at(footage, 0.5)).max() < 1
    assert "take: no face was found: the crop is in the middle" in made.notes
    assert not any(one.id == "speaker-in-safe-area" for one in made.checks)


def test_slow_motion_follows_at_its_own_pace(tmp_path: Path) -> None:
    wanted = recipe()
    assert wanted.picture
    slow = wanted.model_copy(update={"picture": wanted.picture.model_copy(update={"max_rate": 30})})
    follow = followed([(0.25, 0.4), (0.75, 0.4)], wanted)
    order = with_speed(order_of(ramp(tmp_path / "fast.MOV", 60), slow, follow), "slow")
    crops = take_crops(order)
    assert crops
    # Tick 180 of 240 at 30 per second is 6 s of the film and 3 s of the take.
    later, earlier = crops(180), crops(90)
    assert later
    assert earlier
    assert later.x == pytest.approx(0.75, abs=0.05)
    assert earlier.x == pytest.approx(0.25, abs=0.05)


def test_lint_names_what_a_follow_recipe_lacks() -> None:
    head = 'title = "t"\n[picture]\nview = "sdr"\ncodec = "h264"\n'
    sizes = 'fit = "follow"\nlong_edge = 64\nshort_edge = 36\n'
    assert 'fit = "follow" needs a canvas' in "; ".join(map(str, find_problems(f"{head}{sizes}")))
    switch = 'canvas = "36x64"\nfit = "follow"\n[picture.follow]\nswitch = "fade"\n'
    assert "switch must be auto, cut or pan" in "; ".join(map(str, find_problems(f"{head}{switch}")))
