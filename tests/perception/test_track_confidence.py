"""Confidence that changes slowly, and the keyframes of a track."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.perception import AnalysisFrame, OpticalFlow, TrackOptions, track_masks
from engine.perception.tracks.confidence import Judged, judge, slowed
from engine.perception.tracks.spans import Span, spans_of
from tests.perception.scenes import CoarseMask, Floats, Footage, KnownFlow, Scene, Shot, still

STEP = 1 / 8


@given(
    confidences=st.lists(st.floats(0, 1), min_size=1, max_size=60),
    resets=st.sets(st.integers(1, 59), max_size=3),
)
def test_confidence_is_nowhere_above_its_own_and_changes_slowly(confidences: list[float], resets: set[int]) -> None:
    frames = [Judged(number, value, number == 0 or number in resets) for number, value in enumerate(confidences)]
    made = list(slowed(frames, STEP))
    assert [frame.product for frame, _ in made] == list(range(len(frames)))
    shots = [0, *sorted(number for number in resets if number < len(frames)), len(frames)]
    for first, end in pairwise(shots):
        found, own = [confidence for _, confidence in made[first:end]], confidences[first:end]
        # The first frame has all that its own and the next ones permit.
        assert found[0] == pytest.approx(min(1.0, *(value + STEP * n for n, value in enumerate(own))))
        assert all(0 <= value <= limit + 1e-9 for value, limit in zip(found, own, strict=True))
        for number, (before, after) in enumerate(pairwise(found), 1):
            assert -STEP - 1e-9 <= after - before <= STEP / 2 + 1e-9
            if after > before + 1e-9:
                assert after <= min(own[number : number + 1 + round(1 / STEP)]) + 1e-9


def test_a_short_good_stretch_between_bad_ones_is_no_pulse() -> None:
    own = [0.0] * 20 + [1.0] * 8 + [0.0] * 20 + [1.0] * 40
    found = [value for _, value in slowed((Judged(n, value, n == 0) for n, value in enumerate(own)), STEP)]
    assert max(found[:48]) == 0
    assert found[-1] == 1


@pytest.mark.parametrize(
    ("name", "limit", "worse"),
    [("warp_iou", 0.85, -0.02), ("agreement", 0.85, -0.02), ("coverage_jump", 0.15, 0.02), ("flow_px", 25, 1),
     ("depth_jump", 0.02, 0.002)],
)  # fmt: skip
def test_a_measure_beyond_its_limit_makes_a_frame_unstable(name: str, limit: float, worse: float) -> None:
    options = TrackOptions()
    at = judge({name: limit - worse / 10}, options)
    assert (at.reasons, at.confidence) == ((), pytest.approx(0.5, abs=0.02))
    assert len(judge({name: limit + worse}, options).reasons) == 1
    assert judge({name: limit + 10 * worse}, options).confidence < judge({name: limit + worse}, options).confidence


class Blind(CoarseMask):
    """A model that sees nobody."""

    def coarse(self, number: int) -> Floats:
        return np.zeros_like(self.footage.alpha(number))


@pytest.mark.parametrize(
    ("scene", "trusted"),
    [
        (Scene(person=lambda number: (2.0 * number - 20, 0.0)), False),
        (Scene(person=still), True),
        (Scene(present=False, background=lambda number: (1.5 * number, 0.0)), True),
    ],
    ids=["somebody walks", "nothing moves", "the camera pans"],
)
def test_an_empty_mask_is_not_trusted_while_something_moves(scene: Scene, trusted: bool) -> None:
    footage = Footage(Shot(scene, 24))
    qualities = [
        found[3] for found in track_masks(footage.frames(), Blind(footage), KnownFlow(footage), TrackOptions())
    ]
    confidences = [quality.confidence for quality in qualities]
    assert min(confidences) > 0.9 if trusted else max(confidences) < 0.1
    assert trusted or "sees nobody" in qualities[12].reasons[0]


def spans(footage: Footage, options: TrackOptions | None = None) -> list[Span]:
    return list(spans_of(footage.frames(), KnownFlow(footage), options or TrackOptions()))


def numbers(found: list[Span]) -> list[list[int]]:
    return [[one.frame.number for one in span.frames] for span in found]


def test_keyframes_are_denser_where_more_moves() -> None:
    slow = Footage(Shot(Scene(60, 80, background=lambda number: (0, 0), person=lambda number: (0, 0)), 61))
    fast = Footage(Shot(Scene(60, 80, background=lambda number: (-1.0 * number, 0)), 61))
    gaps = [[len(span) - 1 for span in numbers(spans(footage))] for footage in (slow, fast)]
    assert max(gaps[0]) <= 15, "two keyframes a second at least"
    assert np.mean(gaps[0]) > np.mean(gaps[1])
    assert set(gaps[1][:-1]) == {6}, "five keyframes a second"


def test_spans_share_their_ends_and_hold_every_frame() -> None:
    footage = Footage(Shot(Scene(60, 80), 20), Shot(Scene(60, 80, backdrop="rocket.jpg", present=False), 1),
                      Shot(Scene(60, 80, backdrop="chelsea.png"), 20))  # fmt: skip
    found = spans(footage)
    for before, after in zip(numbers(found), numbers(found)[1:], strict=False):
        assert after[0] in (before[-1], before[-1] + 1)
    assert [span.begins_shot for span in found].count(True) == [span.ends_shot for span in found].count(True) == 3
    assert {number for span in numbers(found) for number in span} == set(range(41))


def test_a_gap_is_limited_at_any_frame_rate() -> None:
    footage = Footage(Shot(Scene(60, 80, person=lambda number: (0, 0)), 60))
    frames = [AnalysisFrame(frame.number, Fraction(frame.number, 240), frame.pixels) for frame in footage.frames()]
    found = list(spans_of(frames, KnownFlow(footage), TrackOptions(longest_gap=10)))
    assert max(len(span.frames) for span in found) == 11


class FailingFlow(KnownFlow):
    """Is right nowhere between two frames."""

    def flow(self, frame: AnalysisFrame, following: AnalysisFrame) -> OpticalFlow:
        made = super().flow(frame, following)
        return OpticalFlow(made.forward, made.backward, made.validity * (frame.number != 7))


def test_both_frames_of_a_failing_flow_are_keyframes() -> None:
    footage = Footage(Shot(Scene(60, 80), 20))
    found = numbers(list(spans_of(footage.frames(), FailingFlow(footage), TrackOptions())))
    assert [7, 8] in found
    assert 7 in [span[-1] for span in found]
