"""Masks over time, on shots whose masks are known."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from engine.perception import AnalysisFrame, FrameQuality, PersonMask, TrackOptions, track_masks
from tests.perception.scenes import CoarseMask, Floats, Footage, KnownFlow, Scene, Shot, flicker, iou


def pan(number: int) -> tuple[float, float]:
    return -0.5 * number, 0.0


def tracked(footage: Footage, provider: CoarseMask, options: TrackOptions | None = None) -> list[Floats]:
    return [mask.alpha for _, mask, _, _ in track_masks(footage.frames(), provider, KnownFlow(footage), options)]


def qualities(footage: Footage, provider: CoarseMask) -> list[FrameQuality]:
    return [quality for *_, quality in track_masks(footage.frames(), provider, KnownFlow(footage))]


def steps(confidences: Iterable[float]) -> float:
    return float(np.abs(np.diff(list(confidences))).max())


@pytest.mark.parametrize("size", [(120, 160), (271, 153)])
def test_a_track_flickers_less_than_the_masks_of_the_model_and_is_as_exact(size: tuple[int, int]) -> None:
    footage = Footage(Shot(Scene(*size, background=pan), 26))
    provider = CoarseMask(footage)
    alphas = tracked(footage, provider)
    assert len(provider.calls) <= 5
    raw = [provider.coarse(number) for number in range(26)]
    flows = [footage.flow(number) for number in range(25)]
    truth = [footage.alpha(number) for number in range(26)]
    still = flicker(truth, flows)
    assert still - flicker(alphas, flows) < 0.75 * (still - flicker(raw, flows))
    exact = [np.mean([iou(mask, alpha) for mask, alpha in zip(masks, truth, strict=True)]) for masks in (alphas, raw)]
    assert exact[0] > exact[1] > 0.9


def test_frames_come_in_order_with_their_flow_and_keyframes() -> None:
    footage = Footage(Shot(Scene(), 20))
    provider = CoarseMask(footage)
    made = list(track_masks(footage.frames(), provider, KnownFlow(footage)))
    assert [frame.number for frame, *_ in made] == [quality.number for *_, quality in made] == list(range(20))
    assert [quality.number for *_, quality in made if quality.keyframe] == provider.calls
    assert [flow is None for _, _, flow, _ in made] == [False] * 19 + [True]
    np.testing.assert_array_equal(made[0][1].alpha, provider.coarse(0))


def test_no_ghost_stays_behind_a_fast_motion() -> None:
    def dash(number: int) -> tuple[float, float]:
        return (min(max(number - 8, 0), 4) * 14.0, 0.0)

    footage = Footage(Shot(Scene(person=dash), 24))
    for number, alpha in enumerate(tracked(footage, CoarseMask(footage))):
        truth = footage.alpha(number)
        rows, columns = np.nonzero(truth > 0)
        ghost = alpha.copy()
        ghost[rows.min() - 3 :, max(columns.min() - 3, 0) : columns.max() + 4] = 0
        assert ghost.max() < 0.1, (number, ghost.max())
        assert iou(alpha, truth) > 0.85, (number, iou(alpha, truth))


def test_a_cut_resets_exactly_where_it_is() -> None:
    shots = Shot(Scene(), 11), Shot(Scene(backdrop="rocket.jpg", person=lambda number: (40 - number, 8)), 9)
    footage = Footage(*shots)
    provider = CoarseMask(footage)
    made = list(track_masks(footage.frames(), provider, KnownFlow(footage)))
    assert [quality.number for *_, quality in made if quality.reset] == [0, 11]
    assert {10, 11} <= set(provider.calls)
    assert made[10][2] is None
    for number in (10, 11):
        np.testing.assert_array_equal(made[number][1].alpha, provider.coarse(number))


class DoubtfulMask(CoarseMask):
    """Finds nobody in some frames of the take."""

    def coarse(self, number: int) -> Floats:
        return super().coarse(number) * np.float32(not 30 <= number < 50)


def test_confidence_falls_before_a_bad_stretch_and_never_pops() -> None:
    footage = Footage(Shot(Scene(person=lambda number: (0.2 * number, 0)), 90))
    found = qualities(footage, DoubtfulMask(footage))
    confidences = [quality.confidence for quality in found]
    unstable = [quality.number for quality in found if not quality.stable]
    assert confidences[0] == confidences[-1] == 1
    assert unstable
    assert max(confidences[number] for number in unstable) < 0.5
    first = unstable[0]
    assert 1 > confidences[first - 1] > confidences[first]
    assert steps(confidences) <= 1 / 12 + 1e-9
    reasons = {reason for quality in found for reason in quality.reasons}
    assert "the masks of the keyframes around differ" in reasons


class HalfMask(CoarseMask):
    """Has a NaN in some frames until it computes in float32, as half floats do after an overflow."""

    def __init__(self, footage: Footage, broken: set[int], works: bool) -> None:
        super().__init__(footage)
        self.broken, self.works, self.float32 = broken, works, 0

    def use_float32(self) -> None:
        self.float32 += 1

    def mask(self, frame: AnalysisFrame) -> PersonMask:
        made = super().mask(frame)
        if frame.number in self.broken and not (self.works and self.float32):
            made.alpha[3, 4] = np.nan
        return made


def test_a_result_that_is_not_finite_is_requested_in_float32_and_recorded() -> None:
    footage = Footage(Shot(Scene(), 20))
    provider = HalfMask(footage, {0}, True)
    made = list(track_masks(footage.frames(), provider, KnownFlow(footage)))
    assert provider.float32 == 1
    assert provider.calls[:2] == [0, 0]
    assert made[0][3].measures["retried"] == made[0][3].measures["finite"] == 1
    assert all(quality.stable for *_, quality in made)


def test_a_frame_without_a_finite_result_has_the_mask_of_its_neighbours_and_no_confidence() -> None:
    footage = Footage(Shot(Scene(), 56))
    regular = CoarseMask(footage)
    tracked(footage, regular)
    provider = HalfMask(footage, {regular.calls[1]}, False)
    made = list(track_masks(footage.frames(), provider, KnownFlow(footage)))
    (number,) = provider.broken
    assert provider.calls.count(number) == 2
    _, mask, _, quality = made[number]
    assert np.isfinite(mask.alpha).all()
    assert iou(mask.alpha, footage.alpha(number)) > 0.7
    assert quality.confidence == 0
    assert not quality.keyframe
    assert "the model's result is not finite" in quality.reasons
    assert made[-1][3].confidence == 1


@pytest.mark.parametrize("length", [1, 2, 20])
def test_a_take_without_a_person_has_empty_masks_with_confidence(length: int) -> None:
    footage = Footage(Shot(Scene(31, 47, present=False), length))
    made = list(track_masks(footage.frames(), CoarseMask(footage), KnownFlow(footage)))
    assert len(made) == length
    for _, mask, _, quality in made:
        assert not mask.alpha.any()
        assert not mask.trimap.any()
        assert quality.confidence == 1


def test_a_take_without_frames_has_no_masks() -> None:
    footage = Footage()
    assert list(track_masks([], CoarseMask(footage), KnownFlow(footage))) == []


def test_frames_are_read_as_they_are_needed() -> None:
    footage = Footage(Shot(Scene(31, 47), 120))
    read = 0

    def frames() -> Iterable[AnalysisFrame]:
        nonlocal read
        for frame in footage.frames():
            read += 1
            yield frame

    for number, _ in enumerate(track_masks(frames(), CoarseMask(footage), KnownFlow(footage))):
        assert read - number <= 24 + 12 + 2


def test_the_foreground_is_estimated_on_request() -> None:
    footage = Footage(Shot(Scene(31, 47), 1))
    options = TrackOptions(foreground=True)
    ((_, mask, _, _),) = track_masks(footage.frames(), CoarseMask(footage), KnownFlow(footage), options)
    assert mask.foreground is not None
    assert mask.foreground.shape == (31, 47, 3)
