"""Frame grids: even footage keeps its rate, uneven footage gets one, and nothing is shown far from its time."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.time import STANDARD_RATES, FrameGrid, timecode, timecode_frames

MOV = Fraction(1, 600)


def even(rate: Fraction, frames: int, time_base: Fraction = MOV) -> list[int]:
    """Frame times as a container rounds them."""
    return [round(n / rate / time_base) for n in range(frames)]


@pytest.mark.parametrize("rate", STANDARD_RATES)
def test_even_footage_keeps_its_rate_through_the_containers_rounding(rate: Fraction) -> None:
    pts = even(rate, 300)
    grid = FrameGrid.fit(pts, MOV, 300 / rate, declared=rate)
    assert not grid.variable
    assert grid.rate == rate
    assert grid.sources == tuple(range(300))


def test_a_dropped_frame_makes_footage_variable_and_the_one_before_is_held() -> None:
    pts = even(Fraction(30), 90)
    del pts[45]
    grid = FrameGrid.fit(pts, MOV, Fraction(3))
    assert grid.variable
    assert grid.rate == 30
    assert len(grid.sources) == 90
    assert grid.sources[44:47] == (44, 44, 45)


def test_footage_recorded_unevenly_is_variable_even_where_what_is_shown_is_not() -> None:
    """As from a phone in low light whose first second an edit list hides."""
    shown = even(Fraction(30), 60)
    hidden = [-240, -200, -140, -100, -40]
    grid = FrameGrid.fit(shown, MOV, Fraction(2), declared=Fraction(30), recorded=[*hidden, *shown])
    assert grid.variable
    assert grid.rate == 30
    assert grid.sources == tuple(range(60))


def test_one_frame_is_a_grid_of_one_tick() -> None:
    grid = FrameGrid.fit([0], MOV, Fraction(1, 30), declared=Fraction(30))
    assert grid.sources == (0,)
    assert grid.duration == Fraction(1, 30)


@given(st.lists(st.integers(min_value=5, max_value=60), min_size=2, max_size=200))
def test_each_tick_shows_the_frame_nearest_in_time(gaps: list[int]) -> None:
    pts = [0]
    for gap in gaps:
        pts.append(pts[-1] + gap)
    grid = FrameGrid.fit(pts, MOV, (pts[-1] + gaps[-1]) * MOV)
    assert list(grid.sources) == sorted(grid.sources)
    for tick, source in enumerate(grid.sources):
        shown = abs(pts[source] * MOV - tick / grid.rate)
        assert shown == min(abs(p * MOV - tick / grid.rate) for p in pts)


@given(st.integers(min_value=0, max_value=24 * 3600 * 24 - 1), st.sampled_from(STANDARD_RATES[:5]))
def test_timecode_counts_frames_back_and_forth(frame: int, rate: Fraction) -> None:
    assert timecode_frames(timecode(frame, rate), rate) == frame


def test_drop_frame_timecode_keeps_to_the_clock() -> None:
    rate = Fraction(30000, 1001)
    assert timecode_frames("00:01:00;02", rate) == 1800
    assert timecode_frames("00:10:00;00", rate) == 17982
    assert timecode_frames(None, rate) == 0
