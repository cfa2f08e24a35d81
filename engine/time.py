"""Exact time: seconds as fractions, frame rates, timecode, times as text, an even frame grid for uneven frame times."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from statistics import median_low
from typing import Any

STANDARD_RATES: tuple[Fraction, ...] = tuple(
    Fraction(*pair)
    for pair in (
        (24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (48, 1), (50, 1),
        (60000, 1001), (60, 1), (100, 1), (120000, 1001), (120, 1), (240, 1),
    )
)  # fmt: skip

# Variations of frame times up to this come from a container's rounding, not from the camera. In seconds.
ROUNDING = Fraction(1, 1000)


# The longest encoder delay before the first audio sample, in seconds: AAC's is 2112 samples.
_PRIMING = Fraction(1, 20)


def time_zero(container: Any) -> Fraction:
    """Return the time stamp, in seconds, of an open (PyAV) file that is the take's time zero.

    A file's time stamps may start anywhere: a recorder may count from midnight, a copy may have an offset. A take
    starts with its earliest track. Where the sound starts slightly before the picture because of encoder delay, and
    no edit list accounts for it, the take starts with the picture.
    """
    starts: dict[str, Fraction] = {}
    for stream in container.streams:
        cover = stream.type == "video" and stream.disposition & stream.disposition.attached_pic
        if stream.type in ("audio", "video") and stream.start_time is not None and not cover:
            start = stream.start_time * Fraction(stream.time_base)
            starts[stream.type] = min(start, starts.get(stream.type, start))
    if not starts:
        return Fraction(0)
    earliest = min(starts.values())
    picture = starts.get("video", earliest)
    placed = container.format.name.startswith("mov") and earliest == 0
    return picture if picture - earliest < _PRIMING and not placed else earliest


@dataclass(frozen=True, slots=True)
class FrameGrid:
    """Evenly spaced ticks over a take's actual frames.

    `pts` are the file's time stamps of the shown frames, ascending, in units of `time_base` seconds.
    `sources[tick]` is the index into `pts` of the frame that tick shows. Tick 0 is the take's time zero, which is
    the file's time stamp `origin`, in seconds; the sound uses the same clock.
    """

    rate: Fraction
    time_base: Fraction
    pts: tuple[int, ...]
    sources: tuple[int, ...]
    variable: bool
    origin: Fraction = Fraction(0)

    @property
    def duration(self) -> Fraction:
        """The length of all ticks, in seconds."""
        return len(self.sources) / self.rate

    def pts_at(self, tick: int) -> int:
        """Return the file's time stamp of the frame that a tick shows."""
        return self.pts[self.sources[tick]]

    def nearest_pts(self, seconds: Fraction) -> int:
        """Return the file's time stamp of the frame nearest to `seconds`; of two as near, the earlier one."""
        moment = (seconds + self.origin) / self.time_base
        after = bisect_left(self.pts, moment)
        if after in (0, len(self.pts)):
            return self.pts[min(after, len(self.pts) - 1)]
        early, late = self.pts[after - 1], self.pts[after]
        return late if late - moment < moment - early else early

    def tick_at(self, seconds: Fraction) -> int:
        """Return the tick at `seconds`, clamped to the first and last."""
        return min(max(int(seconds * self.rate), 0), len(self.sources) - 1)

    def at_rate(self, rate: Fraction) -> FrameGrid:
        """Return the grid with ticks at another rate; each shows the nearest frame in time, of two the earlier one."""
        # Whole numbers: the frames and the ticks in a common unit.
        unit = self.time_base.numerator * rate.numerator * self.origin.denominator
        times = [pts * unit for pts in self.pts]
        step = rate.denominator * self.origin.denominator * self.time_base.denominator
        start = self.origin.numerator * rate.numerator * self.time_base.denominator
        sources = (_nearest(times, n * step + start) for n in range(max(1, round(self.duration * rate))))
        return FrameGrid(rate, self.time_base, self.pts, tuple(sources), self.variable, self.origin)

    @classmethod
    def fit(
        cls,
        shown: Sequence[int],
        time_base: Fraction,
        end: Fraction,
        *,
        declared: Fraction | None = None,
        recorded: Sequence[int] | None = None,
        origin: Fraction = Fraction(0),
    ) -> FrameGrid:
        """Return the grid for frames with the time stamps `shown` (ascending), up to the time stamp `end`, in seconds.

        Even footage keeps its rate. Uneven footage gets the standard rate nearest to its median frame interval, and
        each tick shows the nearest frame in time. `recorded` are the time stamps of all frames in the file, including
        those that an edit list hides: an uneven recording is variable even where the shown part is even.
        """
        if not shown:
            raise ValueError("a grid needs at least one frame")
        times = [p * time_base - origin for p in shown]
        rate = _even_rate(times, time_base, declared)
        variable = rate is None or (
            recorded is not None and _even_rate([p * time_base for p in recorded], time_base, declared) is None
        )
        if rate is None:
            usual = median_low([b - a for a, b in pairwise(times)])
            rate = min(STANDARD_RATES, key=lambda standard: abs(1 / standard - usual))
        ticks = max(1, round((end - origin) * rate))
        sources = tuple(_nearest(times, n / rate) for n in range(ticks))
        return cls(rate, time_base, tuple(shown), sources, variable, origin)


def _even_rate(times: Sequence[Fraction], time_base: Fraction, declared: Fraction | None) -> Fraction | None:
    """Return the constant rate that matches every frame time within rounding, or None."""
    if len(times) < 2:
        return declared or Fraction(30)
    average = (len(times) - 1) / (times[-1] - times[0])
    tolerance = max(time_base, ROUNDING)
    candidates = [*sorted(STANDARD_RATES, key=lambda r: abs(r - average))[:3], average.limit_denominator(1001)]
    if declared:
        candidates.insert(0, declared)
    for rate in candidates:
        # A rate below one frame in half an hour rounds to 0.
        if rate and all(abs(t - times[0] - n / rate) <= tolerance for n, t in enumerate(times)):
            return rate
    return None


def _nearest(times: Sequence[Fraction] | Sequence[int], moment: Fraction | int) -> int:
    after = bisect_left(times, moment)
    if after == 0:
        return 0
    if after == len(times):
        return after - 1
    return after if times[after] - moment < moment - times[after - 1] else after - 1


def timecode(frame: int, rate: Fraction) -> str:
    """Format a frame count as HH:MM:SS:FF: non-drop, at the rounded rate, without a wrap at 24 hours."""
    base = max(1, round(rate))
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}"


def format_time(seconds: Fraction | float, decimals: int = 1) -> str:
    """Format a time as HH:MM:SS.s, cut off after `decimals` decimals: 00:01:12.4."""
    hours, minutes, rest = _sexagesimal(seconds, decimals)
    return f"{hours:02d}:{minutes:02d}:{rest}"


def format_short_time(seconds: Fraction | float, decimals: int = 0) -> str:
    """Format a time as M:SS, or H:MM:SS from one hour on, cut off after `decimals` decimals: 1:12, 1:12.4, 1:02:03."""
    hours, minutes, rest = _sexagesimal(seconds, decimals)
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


def _sexagesimal(seconds: Fraction | float, decimals: int) -> tuple[int, int, str]:
    """Return hours, minutes, and the rest as SS or SS.s."""
    scale = 10**decimals
    whole, part = divmod(int(seconds * scale), scale)
    rest = f"{whole % 60:02d}" + (f".{part:0{decimals}d}" if decimals else "")
    return whole // 3600, whole // 60 % 60, rest


def rational(value: Fraction) -> list[int]:
    """Return the exact JSON form of a fraction: [numerator, denominator]."""
    return [value.numerator, value.denominator]


@dataclass(frozen=True, slots=True)
class Timecode:
    """The timecode of a recording, after SMPTE ST 12-1.

    `first` is the number of frames between midnight and tick 0. If `drop` is set, the labels skip two frame numbers
    (four at 60, eight at 120) at the start of each minute except every tenth, to stay in step with the clock at
    30000/1001 and its multiples.
    """

    rate: Fraction
    first: int = 0
    drop: bool = False

    @classmethod
    def parse(cls, code: str | None, rate: Fraction) -> Timecode | None:
        """Parse HH:MM:SS:FF, or HH:MM:SS;FF (also .FF) for drop-frame. Returns None for anything else.

        The separator is ignored at rates without drop-frame (24, 25, 50). A label that drop-frame skips is read as the
        next one.
        """
        parts = re.fullmatch(r"(\d{1,3}):(\d\d):(\d\d)([:;.])(\d{2,3})", code or "")
        if not parts:
            return None
        hours, minutes, seconds, frames = (int(parts[n]) for n in (1, 2, 3, 5))
        base = max(1, round(rate))
        drop = parts[4] != ":" and base % 30 == 0
        count = ((hours * 60 + minutes) * 60 + seconds) * base + frames
        if drop:
            few, minute = base // 15, hours * 60 + minutes
            if minute % 10 and not seconds and frames < few:
                count += few - frames
            count -= few * (minute - minute // 10)
        return cls(rate, count, drop)

    def later(self, ticks: int) -> Timecode:
        """Return the timecode of a part that starts `ticks` later."""
        return Timecode(self.rate, self.first + ticks, self.drop)

    def label(self, tick: int) -> str:
        """Return the label of a tick, with a semicolon before the frames for drop-frame. It wraps at 24 hours."""
        base = max(1, round(self.rate))
        count = self.first + tick
        if not self.drop:
            return timecode(count % (24 * 3600 * base), self.rate)
        few = base // 15
        ten_minutes = 600 * base - 9 * few
        tens, rest = divmod(count % (24 * 6 * ten_minutes), ten_minutes)
        count = tens * 600 * base + rest + few * (max(0, rest - few) // (60 * base - few))
        label = timecode(count, self.rate)
        clock, _, frames = label.rpartition(":")
        return f"{clock};{frames}"
