"""A crop that follows people: whom it shows, that it keeps heads whole, and that it moves little and gently."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.perception import FollowOptions, FollowPlan, TakeFaces, face_is_inside, match_speakers, plan_follow
from engine.perception.framing import PathLimits, PathWishes, SeenTurn, schedule, solve_path
from tests.perception.talk import RATE, Turn, sitting, spoken

WIDE, UPRIGHT = (1920, 1080), (1080, 1920)
APART, NEAR = [(0.25, 0.4), (0.75, 0.4)], [(0.44, 0.4), (0.56, 0.4)]
TALK: list[Turn] = [
    (0.5, 6, "A"), (6.3, 12, "B"), (9, 9.5, "A"), (12.2, 18, "A"), (18.4, 25, "B"), (25.1, 26, "A"), (26.2, 30, "B"),
]  # fmt: skip


def planned(faces: TakeFaces, turns: list[Turn], **options: object) -> FollowPlan:
    known = match_speakers(faces, spoken(turns))
    return plan_follow(faces, spoken(turns), known, WIDE, UPRIGHT, FollowOptions(**options))  # type: ignore[arg-type]


def inside_share(faces: TakeFaces, plan: FollowPlan) -> float:
    """The share of the frames in which a followed speaker is inside the crop, 2 % from its edges."""
    found = []
    for turn in plan.turns:
        track = faces.track(turn.track)
        assert track
        for one in track.within(float(turn.start * RATE), float(turn.end * RATE)):
            if plan.shows(turn.track, one.tick / RATE):
                found.append(face_is_inside(one.box, plan.path, plan.shares, one.tick, 0.02))
    return float(np.mean(found))


def movement(plan: FollowPlan) -> tuple[float, float, int]:
    """The highest speed and acceleration between cuts, in widths of the crop, and the number of moves."""
    edges = [0, *sorted(plan.path.cuts), len(plan.path.x)]
    speeds, changes, moves = [0.0], [0.0], 0
    for first, last in itertools.pairwise(edges):
        steps = np.diff(plan.path.x[first:last]) * float(RATE) / plan.shares[0]
        speeds += list(np.abs(steps))
        changes += list(np.abs(np.diff(steps)) * float(RATE))
        moves += int((np.diff(np.concatenate([[0], np.abs(steps) > 0.01]).astype(int)) == 1).sum())
    return max(speeds), max(changes), moves


def test_two_people_apart_are_cut_between_and_stay_inside() -> None:
    faces = sitting(APART, 30, TALK)
    plan = planned(faces, TALK)
    assert inside_share(faces, plan) >= 0.99
    # Four turns of the floor: the two interjections change nothing, and between the cuts the crop keeps still.
    assert len(plan.path.cuts) == 3
    assert movement(plan)[2] == 0


def test_cuts_come_before_the_first_word_and_after_the_last_one() -> None:
    plan = planned(sitting(APART, 30, TALK), TALK)
    for tick, (last, first) in zip(sorted(plan.path.cuts), [(6, 6.3), (12, 12.2), (18, 18.4)], strict=True):
        assert last <= tick / float(RATE) <= first


def test_a_pan_is_gentle_and_there_is_one_a_turn() -> None:
    faces = sitting([(0.38, 0.4), (0.62, 0.4)], 30, TALK)
    plan = planned(faces, TALK, switch="pan")
    speed, acceleration, moves = movement(plan)
    assert not plan.path.cuts
    assert speed <= 0.8 + 1e-6
    assert acceleration <= 1.6 + 1e-6
    assert moves == 3
    # After a move, the face is in the middle.
    assert plan.path.x[60] == pytest.approx(0.38, abs=0.01)
    assert plan.path.x[270] == pytest.approx(0.62, abs=0.01)


def test_a_pan_that_is_too_long_for_a_turn_is_a_cut() -> None:
    turns: list[Turn] = [(0.2, 2.2, "A"), (2.5, 5, "B"), (5.2, 15, "A")]
    plan = planned(sitting(APART, 15, turns), turns, switch="pan")
    assert len(plan.path.cuts) == 2
    assert movement(plan)[2] == 0


def test_people_who_fit_one_crop_are_shown_together() -> None:
    faces = sitting(NEAR, 30, TALK)
    plan = planned(faces, TALK)
    assert [one.tracks for one in plan.spans] == [(1, 2)]
    assert movement(plan)[2] == 0
    for track in faces.tracks:
        assert all(face_is_inside(one.box, plan.path, plan.shares, one.tick) for one in track.samples)


def test_the_crop_goes_with_a_person_who_walks() -> None:
    seconds = 12
    faces = sitting([(0.2, 0.4)], seconds)
    (track,) = faces.tracks
    walk = np.interp(np.arange(faces.ticks) / faces.ticks, [0, 0.3, 0.7, 1], [0, 0, 0.6, 0.6])
    samples = tuple(
        one.model_copy(update={"box": (one.box[0] + float(by), *one.box[1:])})
        for one, by in zip(track.samples, walk, strict=True)
    )
    walking = faces.model_copy(update={"tracks": (track.model_copy(update={"samples": samples}),)})
    turns: list[Turn] = [(0, seconds, "A")]
    plan = planned(walking, turns)
    assert inside_share(walking, plan) >= 0.99
    assert movement(plan)[0] <= 0.8 + 1e-6
    # Still at the start and at the end.
    assert np.ptp(plan.path.x[:60]) < 1e-6
    assert np.ptp(plan.path.x[-45:]) < 1e-6


def test_without_faces_the_crop_is_in_the_middle() -> None:
    faces = sitting([], 2)
    plan = plan_follow(faces, spoken(TALK), (), WIDE, UPRIGHT)
    assert not plan.spans
    assert plan.path.is_still
    assert plan.path.at(Fraction(1)).x == pytest.approx(0.5)


def test_without_speakers_the_largest_face_is_shown() -> None:
    small, large = sitting([(0.2, 0.4)], 3, size=0.04).tracks[0], sitting([(0.7, 0.4)], 3, size=0.09).tracks[0]
    faces = sitting([], 3).model_copy(update={"tracks": (small, large.model_copy(update={"id": 2}))})
    plan = plan_follow(faces, (), (), WIDE, UPRIGHT)
    assert plan.path.x[45] == pytest.approx(0.7, abs=0.03)


def test_a_zoomed_crop_keeps_the_head_and_moves_vertically() -> None:
    faces = sitting([(0.5, 0.3)], 5, size=0.04)
    plan = planned(faces, [(0, 5, "A")], zoom=2.0)
    assert plan.shares == pytest.approx((0.3164, 1.0), abs=1e-3)
    assert plan.path.zoom[0] == 2
    assert plan.path.y[70] < 0.45
    assert inside_share(faces, plan) == 1


def test_a_head_that_does_not_fit_stays_in_the_middle() -> None:
    faces = sitting([(0.6, 0.5)], 5, size=0.4)
    plan = planned(faces, [(0, 5, "A")])
    assert plan.path.x[70] == pytest.approx(0.6, abs=0.05)


def test_a_film_as_wide_as_the_picture_has_nowhere_to_go() -> None:
    faces = sitting(APART, 5, TALK)
    plan = plan_follow(faces, spoken(TALK), match_speakers(faces, spoken(TALK)), WIDE, (1280, 720))
    assert plan.path.is_still


@settings(max_examples=15)
@given(
    st.lists(st.floats(0.1, 0.9), min_size=2, max_size=3),
    st.lists(st.tuples(st.sampled_from("ABC"), st.floats(0.2, 6), st.floats(-0.5, 1)), min_size=1, max_size=8),
    st.sampled_from(["auto", "cut", "pan"]),
    st.floats(0.5, 4),
)
def test_any_talk_gives_a_path_within_its_limits(
    places: list[float], said: list[tuple[str, float, float]], switch: str, hold: float
) -> None:
    turns, at = list[Turn](), 0.0
    for who, length, pause in said:
        if "ABC".index(who) < len(places):
            start = max(0.0, at + pause)
            turns.append((start, start + length, who))
            at = start + length
    seconds = at + 1
    faces = sitting([(x, 0.4) for x in places], seconds, turns, seed=3)
    plan = planned(faces, turns, switch=switch, hold=hold)
    speed, acceleration, _ = movement(plan)
    assert speed <= 0.8 + 1e-6
    assert acceleration <= 1.6 + 1e-6
    half = plan.shares[0] / 2
    assert (plan.path.x >= half - 1e-9).all()
    assert (plan.path.x <= 1 - half + 1e-9).all()
    # No change of the person is shorter than the hold, and each begins with a turn.
    starts = {one.start for one in plan.turns}
    spans = list(plan.spans)
    for one in spans[1:]:
        assert one.spoken[0] in starts
    for one in spans[1:-1]:
        assert one.end - one.spoken[0] >= Fraction(hold).limit_denominator(1000) - Fraction(1, 4)
    assert [one.end for one in spans[:-1]] == [one.start for one in spans[1:]]


def test_a_short_turn_at_the_end_is_no_change() -> None:
    turns = [SeenTurn(Fraction(0), Fraction(5), 1), SeenTurn(Fraction(5), Fraction(11, 2), 2)]
    spans = schedule(turns, Fraction(6), hold=Fraction(2), lead=Fraction(0), fits=lambda *_: False)
    assert [one.tracks for one in spans] == [(1,)]
    assert spans[0].end == 6


@given(
    st.lists(st.floats(0, 1), min_size=1, max_size=40),
    st.floats(0.05, 2),
    st.floats(0.05, 4),
)
@settings(max_examples=15)
def test_a_path_keeps_its_limits_at_every_time(wanted: list[float], speed: float, acceleration: float) -> None:
    target = np.array(wanted)
    limits = PathLimits(0.1, 0.9, speed, acceleration, 0.2)
    path = solve_path(PathWishes(target, target - 0.1, target + 0.1, np.full(len(target), 0.05)), limits)
    times = np.linspace(0, 0.2 * (len(wanted) - 1), 400) if len(wanted) > 1 else np.zeros(1)
    places = path.at(times)
    assert places.min() >= 0.1 - 1e-7
    assert places.max() <= 0.9 + 1e-7
    if len(wanted) > 1:
        step = times[1] - times[0]
        assert np.abs(np.diff(places)).max() / step <= speed + 1e-6
        assert np.abs(np.diff(places, 2)).max() / step**2 <= acceleration + 1e-4


def test_a_long_path_is_solved_in_parts_that_join() -> None:
    at = np.arange(3000) * 0.2
    target = np.where((at // 20) % 2 == 0, 0.4, 0.55)
    limits = PathLimits(0.16, 0.84, 0.25, 0.5, 0.2)
    path = solve_path(PathWishes(target, target - 0.1, target + 0.1, np.full(len(target), 0.05)), limits)
    assert len(path.control) == 3002
    assert np.abs(np.diff(path.control)).max() <= 0.25 * 0.2 + 1e-6
    assert np.abs(np.diff(path.control, 2)).max() <= 0.5 * 0.04 + 1e-6
    assert (np.abs(path.at(at) - target) <= 0.1 + 1e-6).mean() > 0.99
