"""Depth over time: one scale for a shot, and no jumps."""

from __future__ import annotations

import numpy as np
import pytest

from engine.perception import AnalysisFrame, DepthMap, DepthUnit, track_depth
from engine.perception.tracks.affine_lock import lock
from tests.perception.scenes import Floats, Footage, JumpingDepth, KnownFlow, Scene, Shot


def jumps(depths: list[Floats], outside: list[Floats]) -> list[float]:
    """The largest of the median changes of the still background and of the changes of nine tenths of it."""
    found = []
    for before, after, *alphas in zip(depths, depths[1:], outside, outside[1:], strict=False):
        background = np.maximum(*alphas) == 0
        change = np.abs(after - before)[background] / np.ptp(np.quantile(after, [0.05, 0.95]))
        found.append(float(np.quantile(change, 0.9)))
    return found


def test_a_static_shot_with_a_moving_person_does_not_jump_while_the_model_does() -> None:
    footage = Footage(Shot(Scene(), 50))
    provider = JumpingDepth(footage)
    made = list(track_depth(footage.frames(), provider, KnownFlow(footage)))
    alphas = [footage.alpha(number) for number in range(50)]
    raw = [provider.depth(frame).values for frame in footage.frames()]
    assert max(jumps(raw, alphas)) > 0.1
    assert max(jumps([depth.values for _, depth, _, _ in made], alphas)) < 0.02
    assert max(quality.measures.get("depth_jump", 0.0) for *_, quality in made) < 0.02
    assert all(quality.stable for *_, quality in made)
    # The person stays before the background.
    for number, (_, depth, _, _) in enumerate(made):
        person, ground = (np.median(depth.values[alphas[number] == value]) for value in (1, 0))
        assert person > ground + 0.2, number


def test_a_cut_begins_a_new_scale() -> None:
    other = Scene(backdrop="rocket.jpg", person=lambda number: (30, 5))
    footage = Footage(Shot(Scene(), 8), Shot(other, 8))
    provider = JumpingDepth(footage)
    made = list(track_depth(footage.frames(), provider, KnownFlow(footage)))
    assert [quality.number for *_, quality in made if quality.reset] == [0, 8]
    for number in (0, 8):
        frame, depth, _, quality = made[number]
        np.testing.assert_array_equal(depth.values, np.clip(provider.depth(frame).values, 0, 1))
        assert quality.measures["scale"] == 1


class OwnDepth(JumpingDepth):
    """Returns what a test says."""

    def __init__(self, footage: Footage, depths: list[Floats], unit: DepthUnit) -> None:
        super().__init__(footage)
        self.depths, self.unit = depths, unit

    def depth(self, frame: AnalysisFrame) -> DepthMap:
        self.calls.append(frame.number)
        return DepthMap(self.depths[frame.number % len(self.depths)], self.unit)


def test_metric_depth_keeps_its_values_and_what_is_unknown() -> None:
    footage = Footage(Shot(Scene(60, 80, person=lambda number: (0, 0)), 10))
    metres = np.linspace(1, 20, 4800, dtype=np.float32).reshape(60, 80)
    metres[:20, :20] = np.nan
    provider = OwnDepth(footage, [metres], "metric")
    for _, depth, _, quality in track_depth(footage.frames(), provider, KnownFlow(footage)):
        assert depth.unit == "metric"
        assert np.isnan(depth.values[:15, :15]).all()
        np.testing.assert_allclose(depth.values[30:50, 30:50], metres[30:50, 30:50], rtol=0.02)
        assert quality.stable


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_depth_that_is_not_finite_is_replaced_by_its_neighbours(broken: float) -> None:
    footage = Footage(Shot(Scene(60, 80, person=lambda number: (0, 0)), 40))
    good = np.linspace(0.2, 0.8, 4800, dtype=np.float32).reshape(60, 80)
    depths = [good] * 40
    regular = OwnDepth(footage, depths, "relative")
    list(track_depth(footage.frames(), regular, KnownFlow(footage)))
    number = regular.calls[1]
    depths[number] = np.full_like(good, broken)
    provider = OwnDepth(footage, depths, "relative")
    made = list(track_depth(footage.frames(), provider, KnownFlow(footage)))
    assert provider.calls.count(number) == 2
    assert made[number][3].confidence == 0
    assert made[number][3].measures["retried"] == 1
    for _, depth, _, _ in made:
        np.testing.assert_allclose(depth.values[5:-5, 5:-5], good[5:-5, 5:-5], atol=0.04)


def test_a_lock_finds_scale_and_shift_between_outliers() -> None:
    noise = np.random.default_rng(1)
    expected = noise.uniform(0, 1, (60, 80)).astype(np.float32)
    values = (expected - 0.1) / 1.3 + noise.normal(0, 0.003, expected.shape).astype(np.float32)
    values[:20] = 0.9
    found = lock(values.astype(np.float32), expected, np.ones_like(expected))
    assert found.scale == pytest.approx(1.3**0.95, rel=0.01)
    assert found.fit == pytest.approx(2 / 3, abs=0.05)
    known = np.ones_like(expected)
    known[:20] = 0
    assert lock(values.astype(np.float32), expected, known).fit > 0.99


def test_hundreds_of_locks_neither_flatten_the_depth_nor_lose_it() -> None:
    noise = np.random.default_rng(2)
    truth = noise.uniform(0.2, 0.8, (40, 50)).astype(np.float32)
    locked = truth
    for _ in range(300):
        values = truth * noise.uniform(0.8, 1.25) + noise.uniform(-0.1, 0.1)
        values = (values + noise.normal(0, 0.03, truth.shape)).astype(np.float32)
        locked = lock(values, locked, np.ones_like(truth)).apply(values)
        assert np.ptp(np.quantile(locked, [0.1, 0.9])) == pytest.approx(
            np.ptp(np.quantile(truth, [0.1, 0.9])), rel=0.15
        )
        assert np.median(locked) == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize("flat", [0.0, 0.5])
def test_a_flat_or_unknown_depth_has_no_scale(flat: float) -> None:
    plane = np.full((20, 20), flat, np.float32)
    assert lock(plane, plane + np.float32(0.1), np.ones_like(plane)).scale == 1
    assert lock(plane, plane, np.zeros_like(plane)).fit == 0
