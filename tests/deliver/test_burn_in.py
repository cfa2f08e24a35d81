"""Burnt-in text."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from engine.deliver.burn_in import BurnIn
from engine.text import TextStyle
from engine.time import Timecode


@pytest.mark.parametrize(
    ("first", "rate", "second"),
    [
        ("01:00:59;29", Fraction(30000, 1001), "01:01:00;02"),
        ("01:00:59;59", Fraction(60000, 1001), "01:01:00;04"),
        ("23:59:59:24", Fraction(25), "00:00:00:00"),
    ],
)
def test_the_burnt_in_timecode_counts_like_the_camera(first: str, rate: Fraction, second: str) -> None:
    def layer(code: str, tick: int) -> np.ndarray:
        return BurnIn(320, 180, rate, timecode=Timecode.parse(code, rate), look=TextStyle()).at(tick)

    assert np.array_equal(layer(first, 1), layer(second, 0))
    assert not np.array_equal(layer(first, 1), layer(first, 0))
