"""Frame grids: constant frame rates are kept, variable ones get a rate, and each tick shows the nearest frame."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.time import STANDARD_RATES, FrameGrid, Timecode, format_short_time, format_time, rational, timecode

MOV = Fraction(1, 600)


def even(rate: Fraction, frames: int, time_base: Fraction = MOV) -> list[int]:
    """Return frame times, rounded to the time base as in a container."""
    return [round(n / rate / time_base) for n in range(frames)]


@pytest.mark.parametrize("rate", STANDARD_RATES)
def test_even_footage_keeps_its_rate_despite_rounded_times(rate: Fraction) -> None:
    pts = even(rate, 300)
    grid = FrameGrid.fit(pts, MOV, 300 / rate, declared=rate)
    assert not grid.variable
    assert grid.rate == rate
    assert grid.sources == tuple(range(300))


def test_a_dropped_frame_makes_footage_variable_and_repeats_a_frame() -> None:
    pts = even(Fraction(30), 90)
    del pts[45]
    grid = FrameGrid.fit(pts, MOV, Fraction(3))
    assert grid.variable
    assert grid.rate == 30
    assert len(grid.sources) == 90
    assert grid.sources[44:47] == (44, 44, 45)


def test_unevenly_recorded_footage_is_variable_even_if_shown_evenly() -> None:
    """A phone recording in low light whose first second is hidden by an edit list."""
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


@given(
    st.lists(st.integers(5, 60), min_size=3, max_size=60),
    st.sampled_from([Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(60)]),
    st.integers(-40, 40),
)
def test_a_grid_at_another_rate_shows_the_nearest_frames(gaps: list[int], rate: Fraction, offset: int) -> None:
    pts = [offset]
    for gap in gaps:
        pts.append(pts[-1] + gap)
    base = Fraction(1, 600)
    grid = FrameGrid.fit(pts, base, pts[-1] * base + Fraction(1, 30), origin=offset * base)
    made = grid.at_rate(rate)
    assert abs(made.duration - grid.duration) <= max(1 / rate / 2, 1 / rate - grid.duration)
    assert list(made.sources) == sorted(made.sources)
    for tick in range(len(made.sources)):
        assert made.pts_at(tick) == grid.nearest_pts(tick / rate)


@cache
def hour_labels(base: int, drop: bool) -> list[str]:
    """Return the labels of one hour by SMPTE ST 12-1: each minute except every tenth skips two numbers (of 30)."""
    return [
        f"{minute:02d}:{second:02d}{';' if drop else ':'}{frame:02d}"
        for minute in range(60)
        for second in range(60)
        for frame in range(base)
        if not (drop and minute % 10 and second == 0 and frame < base // 15)
    ]


TIMECODE_RATES = [
    *((Fraction(n, 1001), False) for n in (24000, 30000, 60000)),
    *((Fraction(n), False) for n in (24, 25, 30, 50, 60, 120)),
    *((Fraction(n, 1001), True) for n in (30000, 60000, 120000)),
]


@pytest.mark.parametrize(("rate", "drop"), TIMECODE_RATES)
@settings(max_examples=5)
@given(start=st.data())
def test_timecode_follows_smpte_st_12_1_and_wraps_at_midnight(rate: Fraction, drop: bool, start: st.DataObject) -> None:
    hour = hour_labels(round(rate), drop)
    at = start.draw(st.integers(0, 24 * len(hour) - 1))
    first = f"{at // len(hour):02d}:{hour[at % len(hour)]}"
    code = Timecode.parse(first, rate)
    assert code == Timecode(rate, at, drop)
    ticks = [0, 1, 2, *range(60 * round(rate) - 3, 60 * round(rate) + 3), len(hour), 24 * len(hour) - at]
    for tick in ticks:
        hours, index = divmod(at + tick, len(hour))
        assert code.label(tick) == f"{hours % 24:02d}:{hour[index]}"
        assert code.later(tick).label(0) == code.label(tick)


def test_drop_frame_labels_match_the_clock_after_a_day() -> None:
    for base in (30, 60):
        last = Timecode.parse(f"23:59:59;{base - 1}", Fraction(base * 1000, 1001))
        assert last is not None
        seconds = (last.first + 1) / last.rate
        assert abs(seconds - 24 * 3600) < Fraction(1, 10)
        assert last.label(1) == "00:00:00;00"


def test_a_dropped_label_is_read_as_the_next_and_other_text_as_none() -> None:
    rate = Fraction(30000, 1001)
    assert Timecode.parse("00:01:00;00", rate) == Timecode.parse("00:01:00;02", rate) == Timecode(rate, 1800, True)
    assert Timecode.parse("00:10:00;00", rate) == Timecode(rate, 17982, True)
    assert Timecode.parse("01:00:00;00", Fraction(25)) == Timecode(Fraction(25), 90000)
    assert Timecode.parse(None, rate) is Timecode.parse("soon", rate) is None


def test_a_duration_is_not_wrapped_at_a_day() -> None:
    assert timecode(25 * 3600 * 24, Fraction(24)) == "25:00:00:00"


def test_formatted_times_are_truncated_not_rounded() -> None:
    at = Fraction(72_499, 1000)
    assert [format_time(at, decimals) for decimals in range(3)] == ["00:01:12", "00:01:12.4", "00:01:12.49"]
    assert [format_short_time(at, decimals) for decimals in range(3)] == ["1:12", "1:12.4", "1:12.49"]
    assert (format_short_time(9.99), format_short_time(Fraction(3723))) == ("0:09", "1:02:03")
    assert format_time(Fraction(100 * 3600) - Fraction(1, 1000)) == "99:59:59.9"


def test_a_fraction_is_a_pair_in_json() -> None:
    assert (rational(Fraction(30, 20)), rational(Fraction(-2))) == ([3, 2], [-2, 1])


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=40, unique=True).map(sorted),
    st.fractions(-1, 10, max_denominator=48_000),
)
def test_the_nearest_frame_is_found_at_any_time(pts: list[int], seconds: Fraction) -> None:
    grid = FrameGrid(Fraction(30), Fraction(1, 600), tuple(pts), tuple(range(len(pts))), True, Fraction(1, 7))
    distances = [abs(one * grid.time_base - grid.origin - seconds) for one in pts]
    assert grid.nearest_pts(seconds) == pts[distances.index(min(distances))]
