"""Springs and keys: values at exact times, equal in every run."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.titles import Motion, Spring

SPRINGS = st.builds(
    lambda frequency, damping: Spring(origin=0, target=1, frequency=frequency, damping=damping),
    st.floats(0.2, 20),
    st.floats(0.05, 1),
)
TIMES = st.fractions(0, 20)


def integrated(spring: Spring, seconds: float, steps: int = 20_000) -> float:
    """The value by the equation of motion, solved with the method of Runge and Kutta."""
    pulse = 2 * math.pi * spring.frequency

    def change(state: np.ndarray) -> np.ndarray:
        return np.array([state[1], -2 * spring.damping * pulse * state[1] - pulse**2 * (state[0] - spring.target)])

    state, step = np.array([spring.origin, 0.0]), seconds / steps
    for _ in range(steps):
        a = change(state)
        b = change(state + step / 2 * a)
        c = change(state + step / 2 * b)
        state = state + step / 6 * (a + 2 * b + 2 * c + change(state + step * c))
    return float(state[0])


@pytest.mark.parametrize(("frequency", "damping"), [(1.5, 1.0), (3.0, 0.62), (2.0, 0.1)])
def test_a_spring_solves_its_equation_of_motion(frequency: float, damping: float) -> None:
    spring = Spring(origin=-2, target=1, frequency=frequency, damping=damping)
    for seconds in (Fraction(1, 7), Fraction(2, 3)):
        assert spring.at(seconds) == pytest.approx(integrated(spring, float(seconds), 2_000), abs=1e-6)


@given(SPRINGS, TIMES)
def test_a_spring_starts_at_rest_and_comes_to_rest(spring: Spring, time: Fraction) -> None:
    assert spring.at(Fraction(0)) == spring.at(Fraction(-1)) == 0
    assert -1e-9 <= spring.at(time) <= 2
    assert spring.at(Fraction(10**6)) == 1
    if spring.damping == 1:
        assert spring.at(time) <= spring.at(time + Fraction(1, 100)) + 1e-12


def test_parts_follow_each_other() -> None:
    keys = [{"time": 0, "value": 0}, {"time": 1, "value": 10}]
    motion = Motion.model_validate({"property": "y", "each": "word", "stagger": "1/4", "keys": keys})
    assert [motion.at(Fraction(1, 2), number) for number in range(4)] == [5, 2.5, 0, 0]


@pytest.mark.parametrize(
    "text",
    [
        {"property": "y"},
        {"property": "y", "keys": [{"time": 0, "value": 1}], "spring": {"origin": 0, "target": 1}},
        {"property": "y", "keys": [{"time": 0, "value": 1}, {"time": 0, "value": 2}]},
        {"property": "y", "spring": {"origin": 0, "target": 1, "frequency": 0}},
        {"property": "y", "spring": {"origin": float("nan"), "target": 1}},
        {"property": "y", "spring": {"origin": 0, "target": 1, "damping": 1.5}},
    ],
)
def test_a_motion_that_makes_no_sense_is_refused(text: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Motion.model_validate(text)
