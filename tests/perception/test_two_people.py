"""The real detector on generated footage of two people: the speaking face stays inside a vertical crop."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from engine.ingest import Footage, inspect
from engine.perception import (
    AnalysisFrame,
    FollowOptions,
    SpokenSpan,
    TakeFaces,
    analysis_frames,
    closed_eyes,
    face_is_inside,
    match_speakers,
    measure_faces,
    open_face_provider,
    plan_follow,
    spans_by_mouths,
)
from fixtures.interview import Said, standing, write_interview

SECONDS, RATE = 8, 15
TURNS = (Said(0.2, 2.2, 0), Said(2.5, 5.0, 1), Said(5.2, 7.9, 0))
SPOKEN = [SpokenSpan(Fraction(one.start), Fraction(one.end), "LR"[one.who]) for one in TURNS]


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    return inspect(write_interview(tmp_path_factory.mktemp("interview") / "IMG_1.MOV", TURNS, SECONDS, rate=RATE))


@pytest.fixture(scope="module")
def faces(footage: Footage) -> TakeFaces:
    picture, grid = footage.probe.picture, footage.grid
    assert picture
    assert grid
    assert picture.input_transform
    provider = open_face_provider()
    frames = analysis_frames(footage.path, picture, picture.input_transform, grid, short_edge=360)
    found = measure_faces(frames, provider, rate=grid.rate, ticks=len(grid.sources))
    provider.close()
    return found


def test_both_faces_are_found_in_all_frames_from_left_to_right(faces: TakeFaces) -> None:
    assert [len(one.samples) for one in faces.tracks] == [faces.ticks, faces.ticks]
    for who, track in enumerate(faces.tracks):
        middles = [one.box[0] + one.box[2] / 2 for one in track.samples]
        assert np.median(middles) == pytest.approx(0.5 + standing(who).x * 9 / 16, abs=0.02)


def test_mouths_say_who_speaks(faces: TakeFaces) -> None:
    found = {one.speaker: one for one in match_speakers(faces, SPOKEN)}
    assert (found["L"].track, found["R"].track) == (1, 2)
    assert min(one.confidence for one in found.values()) > 0.5
    assert [one.speaker for one in spans_by_mouths(faces)] == ["1", "2", "1"]


def test_blinks_are_found(faces: TakeFaces) -> None:
    for who, track in enumerate(faces.tracks):
        starts = [float(one.start) for one in closed_eyes(track, faces) if one.is_blink]
        expected = [at + 0.6 * who for at in (1.9, 4.3, 5.1, 7.7) if at + 0.6 * who < SECONDS]
        assert len(starts) == len(expected)
        assert np.abs(np.array(starts) - expected).max() < 0.15


@pytest.mark.parametrize(("switch", "least"), [("auto", 0.99), ("pan", 0.6)])
def test_the_speaking_face_stays_inside_the_crop(faces: TakeFaces, switch: str, least: float) -> None:
    # The turns are short: only a quick pan fits into them.
    options = FollowOptions(switch=switch, speed=3, acceleration=8)  # type: ignore[arg-type]
    plan = plan_follow(faces, SPOKEN, match_speakers(faces, SPOKEN), (640, 360), (1080, 1920), options)
    inside, heads = [], []
    for turn in plan.turns:
        track = faces.track(turn.track)
        assert track
        for one in track.within(float(turn.start * RATE), float(turn.end * RATE)):
            inside.append(face_is_inside(one.box, plan.path, plan.shares, one.tick, 0.02))
            heads.append(one)
    assert np.mean(inside) >= least
    changes = len(plan.path.cuts) if switch == "auto" else moves(plan.path.x)
    assert changes == len(TURNS) - 1
    steps = np.diff(plan.path.x) * RATE / plan.shares[0]
    if switch == "pan":
        assert np.abs(np.diff(steps)).max() * RATE <= options.acceleration + 1e-6


def moves(x: NDArray[np.float64]) -> int:
    moving = np.concatenate([[0], np.abs(np.diff(x)) > 1e-4]).astype(int)
    return int((np.diff(moving) == 1).sum())


def test_a_take_without_people_has_no_faces() -> None:
    def frames() -> Iterator[AnalysisFrame]:
        noise = np.random.default_rng(2).integers(0, 255, (36, 64, 3), np.uint8)
        picture = noise.repeat(10, 0).repeat(10, 1)
        for tick in range(3):
            yield AnalysisFrame(tick, Fraction(tick, RATE), picture)

    provider = open_face_provider()
    found = measure_faces(frames(), provider, rate=Fraction(RATE), ticks=3)
    provider.close()
    assert found.tracks == ()
    plan = plan_follow(found, SPOKEN, (), (640, 360), (1080, 1920))
    assert plan.path.is_still
