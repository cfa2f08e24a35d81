"""Curves against an independent solver, and their editing."""

from __future__ import annotations

import itertools
from decimal import Decimal, getcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import RequestError
from engine.keyframes import INTERPOLATIONS, Interpolation, Keyframe, KeyframeCurve, Tangent, parameter_at

times = st.fractions(min_value=-1000, max_value=1000, max_denominator=48_000)
values = st.floats(-100, 100, allow_nan=False)
shares = st.fractions(min_value=0, max_value=2, max_denominator=1000)


def solved(x: Fraction, first: Fraction, second: Fraction, values: tuple[float, float, float, float]) -> float:
    """The value of a Bézier segment by bisection with 60 decimal digits."""
    getcontext().prec = 60

    def exact(number: Fraction | float) -> Decimal:
        whole = Fraction(number)
        return Decimal(whole.numerator) / Decimal(whole.denominator)

    def at(s: Decimal, points: tuple[Decimal, ...]) -> Decimal:
        """De Casteljau's construction."""
        while len(points) > 1:
            points = tuple(a + (b - a) * s for a, b in itertools.pairwise(points))
        return points[0]

    low, high, goal = Decimal(0), Decimal(1), exact(x)
    times = (Decimal(0), exact(first), exact(second), Decimal(1))
    for _ in range(190):
        middle = (low + high) / 2
        low, high = (middle, high) if at(middle, times) < goal else (low, middle)
    return float(at((low + high) / 2, tuple(map(exact, values))))


@given(
    st.fractions(min_value=0, max_value=1, max_denominator=10_000), shares, shares, st.tuples(*[st.floats(-10, 10)] * 4)
)
def test_a_bezier_segment_matches_an_independent_solver(
    x: Fraction, leave: Fraction, arrive: Fraction, levels: tuple[float, float, float, float]
) -> None:
    start, out, back, end = levels
    length = Fraction(1001, 24_000)
    first = Keyframe(Fraction(3), start, "bezier", leave=Tangent(leave * length, out))
    second = Keyframe(3 + length, end, arrive=Tangent(arrive * length, back))
    found = KeyframeCurve((first, second)).at(3 + x * length)

    # Handles end at the other key.
    inner = min(leave, Fraction(1)), 1 - min(arrive, Fraction(1))
    # Where the curve is vertical, a difference of one bit in time is a visible one in the value.
    slack = 1e-9 if leave < 1 or arrive < 1 else 1e-4
    assert found == pytest.approx(solved(x, *inner, (start, start + out, end + back, end)), abs=slack)


@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_time_never_runs_backwards(x: float, y: float, first: float, second: float) -> None:
    earlier, later = sorted((x, y))
    assert 0 <= parameter_at(earlier, first, second) <= parameter_at(later, first, second) + 1e-7 <= 1 + 1e-7


@given(
    st.lists(
        st.tuples(times, values, st.sampled_from(INTERPOLATIONS)), min_size=1, max_size=6, unique_by=lambda key: key[0]
    )
)
def test_a_key_has_exactly_its_value_and_the_ends_hold(keys: list[tuple[Fraction, float, Interpolation]]) -> None:
    curve = KeyframeCurve.of(Keyframe(*key) for key in keys)

    assert [curve.at(time) for time, value, _ in keys] == [value for _, value, _ in keys]
    assert curve.at(curve.keys[0].time - 1) == curve.keys[0].value
    assert curve.at(curve.keys[-1].time + 1) == curve.keys[-1].value


@pytest.mark.parametrize(
    ("interpolation", "expected"),
    [("hold", 2), ("linear", 4), ("ease", 3.25), ("ease-in", 2.875), ("ease-out", 4.375), ("bezier", 3.25)],
)
def test_the_value_a_quarter_into_a_segment(interpolation: Interpolation, expected: float) -> None:
    curve = KeyframeCurve((Keyframe(Fraction(1), 2, interpolation), Keyframe(Fraction(3), 10)))
    assert curve.at(Fraction(3, 2)) == pytest.approx(expected, abs=1e-12)


def test_ease_in_and_out_join_a_straight_line_at_its_slope() -> None:
    step, curve = Fraction(1, 1_000_000), {kind: segment(kind) for kind in ("ease-in", "ease-out")}
    assert (1 - curve["ease-in"].at(1 - step)) / float(step) == pytest.approx(1, abs=1e-5)
    assert curve["ease-in"].at(step) < 1e-11
    assert curve["ease-out"].at(step) / float(step) == pytest.approx(1, abs=1e-5)


def segment(kind: Interpolation) -> KeyframeCurve:
    return KeyframeCurve((Keyframe(Fraction(0), 0, kind), Keyframe(Fraction(1), 1)))


def test_keys_are_replaced_moved_and_deleted() -> None:
    curve = KeyframeCurve((Keyframe(Fraction(0), 1), Keyframe(Fraction(2), 3)))

    assert [key.value for key in curve.with_key(Keyframe(Fraction(2), 9)).keys] == [1, 9]
    assert [key.time for key in curve.with_moved_key(Fraction(0), Fraction(5)).keys] == [2, 5]
    assert curve.later(Fraction(1)).at(Fraction(3)) == 3
    only = curve.without_key(Fraction(0))
    assert only is not None
    assert only.without_key(Fraction(2)) is None
    with pytest.raises(RequestError, match="no key at 1 s") as refused:
        curve.without_key(Fraction(1))
    assert "0, 2" in refused.value.hint
    with pytest.raises(RequestError, match="already"):
        curve.with_moved_key(Fraction(0), Fraction(2))


@pytest.mark.parametrize(
    "keys",
    [
        lambda: (),
        lambda: (Keyframe(Fraction(1), 0), Keyframe(Fraction(1), 1)),
        lambda: (Keyframe(Fraction(1), float("nan")),),
        lambda: (Keyframe(Fraction(1), 0, leave=Tangent(Fraction(-1), 0)),),
    ],
)
def test_curves_that_cannot_be_evaluated_are_refused(keys: object) -> None:
    with pytest.raises(ValueError, match=r"key|finite"):
        KeyframeCurve(keys())  # type: ignore[operator]
