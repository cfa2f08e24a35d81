"""The user's keys override the crop, and give it back without a jump."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.perception import CropPath, ReframeKey
from engine.perception.framing import with_manual_keys

RATE = Fraction(30)


def path(count: int = 300, cuts: frozenset[int] = frozenset()) -> CropPath:
    x = np.full(count, 0.3)
    for cut in cuts:
        x[cut:] = 0.7
    return CropPath(RATE, x, np.full(count, 0.5), np.ones(count), cuts)


def key(time: float | str, **values: object) -> ReframeKey:
    return ReframeKey.model_validate({"time": str(time), **values})


def test_a_key_holds_from_its_time_on_and_is_reached_smoothly() -> None:
    made = with_manual_keys(path(), [key(5, x=0.6)], 0.5)
    assert (made.x[150:] == 0.6).all()
    assert not made.cuts
    steps = np.diff(made.x) * 30
    assert np.abs(np.diff(steps)).max() * 30 <= 0.5 * 1.1
    assert made.x[0] == 0.3


def test_an_automatic_key_gives_the_crop_back() -> None:
    made = with_manual_keys(path(), [key(3, x=0.6), key(6, x=None)], 0.5)
    assert (made.x[90:180] == 0.6).all()
    assert made.x[-1] == pytest.approx(0.3)
    assert np.abs(np.diff(made.x)).max() < 0.02


def test_a_cut_jumps_and_a_cut_of_the_automatic_inside_is_gone() -> None:
    made = with_manual_keys(path(cuts=frozenset({120})), [key(3, x=0.5, cut=True), key(6, x=None)], 0.5)
    assert made.cuts == {90}
    assert made.x[89] == 0.3
    assert (made.x[90:180] == 0.5).all()
    assert made.x[-1] == pytest.approx(0.7)


def test_keys_move_by_their_interpolation_and_leave_the_rest_automatic() -> None:
    keys = [key(2, x=0.2, interpolation="linear"), key(4, x=0.6, zoom=2.0), key(6, x=0.4)]
    made = with_manual_keys(path(), keys, 0.5)
    assert made.x[90] == pytest.approx(0.4)
    assert made.zoom[120] == 2
    assert made.zoom[60] == pytest.approx(1)
    assert (made.y == 0.5).all()
    # A hold ends with a jump.
    assert made.cuts == {180}


def test_a_key_after_the_end_changes_nothing() -> None:
    made = with_manual_keys(path(), [key(20, x=0.6)], 0.5)
    assert (made.x == 0.3).all()


def test_between_ticks_the_crop_moves_evenly_but_not_over_a_cut() -> None:
    made = CropPath(RATE, np.array([0.2, 0.4, 0.8]), np.full(3, 0.5), np.ones(3), frozenset({2}))
    assert made.at(Fraction(1, 60)).x == pytest.approx(0.3)
    assert made.at(Fraction(3, 60)).x == pytest.approx(0.4)
    assert made.at(Fraction(9)).x == pytest.approx(0.8)
    assert made.digest != path().digest
