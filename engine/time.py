"""Exact time: seconds as fractions, frame rates, and the grid that makes uneven frame times even."""

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

# Below this a wobble in frame times is a container's rounding, not a camera's unevenness.
ROUNDING = Fraction(1, 1000)


# The longest start that encoders put before the first sample of sound, in seconds: AAC's 2112 samples.
_PRIMING = Fraction(1, 20)


def time_zero(container: Any) -> Fraction:
    """The time stamp of an open (PyAV) file, in seconds, that is the take's time zero.

    A file's clock may begin anywhere: a recorder that counts from midnight, a copy with an offset. A take begins with
    its first track. Where the sound begins a moment before the picture because of its encoder's delay, and no edit
    list says so, the take begins with the picture.
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
    """Even ticks over a take's real frames.

    `pts` are the file's time stamps of the frames that are shown, ascending, in units of
    `time_base` seconds; `sources[tick]` is the index into `pts` of the frame that tick shows.
    Tick 0 is the take's time zero, on the same clock as its sound: the file's time stamp `origin`, in seconds.
    """

    rate: Fraction
    time_base: Fraction
    pts: tuple[int, ...]
    sources: tuple[int, ...]
    variable: bool
    origin: Fraction = Fraction(0)

    @property
    def duration(self) -> Fraction:
        """Seconds covered by the ticks."""
        return len(self.sources) / self.rate

    def tick_at(self, seconds: Fraction) -> int:
        """The tick on screen at `seconds`, held at the first and last."""
        return min(max(int(seconds * self.rate), 0), len(self.sources) - 1)

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
        """The grid for frames `shown` at these time stamps (ascending) until the time stamp `end`, in seconds.

        Even footage keeps its own rate; uneven footage gets the standard rate nearest to its usual
        frame interval, each tick showing the frame nearest in time. `recorded` are the times of
        every frame in the file, also those that an edit list hides: a camera that recorded
        unevenly is variable even where the part that is shown happens to be even.
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
    """The one rate that puts every frame where it is, or None where there is none."""
    if len(times) < 2:
        return declared or Fraction(30)
    average = (len(times) - 1) / (times[-1] - times[0])
    tolerance = max(time_base, ROUNDING)
    candidates = [*sorted(STANDARD_RATES, key=lambda r: abs(r - average))[:3], average.limit_denominator(1001)]
    if declared:
        candidates.insert(0, declared)
    for rate in candidates:
        # Less than a frame in half an hour rounds to a rate of none.
        if rate and all(abs(t - times[0] - n / rate) <= tolerance for n, t in enumerate(times)):
            return rate
    return None


def _nearest(times: Sequence[Fraction], moment: Fraction) -> int:
    after = bisect_left(times, moment)
    if after == 0:
        return 0
    if after == len(times):
        return after - 1
    return after if times[after] - moment < moment - times[after - 1] else after - 1


def timecode(frame: int, rate: Fraction) -> str:
    """A length as HH:MM:SS:FF: non-drop labels at the rounded rate, without a wrap at 24 hours."""
    base = max(1, round(rate))
    seconds, frames = divmod(frame, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}:{frames:02d}"


@dataclass(frozen=True, slots=True)
class Timecode:
    """The labels of a recording's frames after SMPTE ST 12-1.

    `first` is the number of frames between midnight and tick 0. Where `drop` is set, the labels leave out two frame
    numbers (four at 60, eight at 120) at the start of each minute but every tenth, so that they keep up with the
    clock at 30000/1001 and its multiples.
    """

    rate: Fraction
    first: int = 0
    drop: bool = False

    @classmethod
    def parse(cls, code: str | None, rate: Fraction) -> Timecode | None:
        """Reads HH:MM:SS:FF, or HH:MM:SS;FF (also .FF) for drop-frame; None for anything else.

        At rates that have no drop-frame count (24, 25, 50) the separator means nothing. A label that drop-frame
        leaves out stands for the next one.
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
        """The labels of a stretch that begins so many ticks later."""
        return Timecode(self.rate, self.first + ticks, self.drop)

    def label(self, tick: int) -> str:
        """The label of a tick, with a semicolon before the frames where labels are dropped; 24 hours are 0."""
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
