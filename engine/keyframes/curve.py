"""A parameter over time: keys with values, and the interpolation from each key to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import isfinite
from typing import Literal, get_args

from engine.errors import RequestError
from engine.keyframes.bezier import bernstein, parameter_at

Interpolation = Literal["hold", "linear", "ease", "ease-in", "ease-out", "bezier"]
INTERPOLATIONS: tuple[Interpolation, ...] = get_args(Interpolation)


@dataclass(frozen=True, slots=True)
class Tangent:
    """A handle of a Bézier segment: its distance from the key in seconds (0 or more), and in units of the value."""

    time: Fraction
    value: float


@dataclass(frozen=True, slots=True)
class Keyframe:
    """A value at a time in seconds. `interpolation` is that of the segment from this key to the next.

    - hold: this value until the next key
    - linear: a straight line
    - ease: starts and arrives at rest; ease-in only starts at rest, ease-out only arrives at rest
    - bezier: a cubic Bézier curve. `leave` is this key's handle after it, `arrive` is its handle for the segment before
      it, whose `value` is added at a time before the key. Without one, the curve is flat at the key, with a handle of
      a third of the segment. A handle that is longer than its segment ends at the other key, so that time never runs
      backwards.

    Raises ValueError for a value that is not finite and for a handle of negative length.
    """

    time: Fraction
    value: float
    interpolation: Interpolation = "linear"
    leave: Tangent | None = None
    arrive: Tangent | None = None

    def __post_init__(self) -> None:  # noqa: D105
        if not isfinite(self.value):
            raise ValueError(f"the value at {self.time} s is not finite")
        for tangent in (self.leave, self.arrive):
            if tangent and (tangent.time < 0 or not isfinite(tangent.value)):
                raise ValueError(f"a tangent at {self.time} s is not finite, or has a negative length")


@dataclass(frozen=True, slots=True)
class KeyframeCurve:
    """Keys in the order of their times. Before the first and after the last key, their values apply.

    Raises ValueError without keys, and for two keys at one time.
    """

    keys: tuple[Keyframe, ...]

    def __post_init__(self) -> None:  # noqa: D105
        if not self.keys:
            raise ValueError("a curve needs a key")
        for key, following in pairwise(self.keys):
            if following.time <= key.time:
                raise ValueError(f"the key at {following.time} s must be after the one at {key.time} s")

    @classmethod
    def of(cls, keys: Iterable[Keyframe]) -> KeyframeCurve:
        """The curve through keys in any order."""
        return cls(tuple(sorted(keys, key=lambda key: key.time)))

    def at(self, time: Fraction) -> float:
        """The value at a time: exactly a key's value at the key."""
        after = bisect_right(self.keys, time, key=lambda key: key.time)
        if after == 0:
            return self.keys[0].value
        key = self.keys[after - 1]
        if after == len(self.keys) or key.time == time:
            return key.value
        return _between(key, self.keys[after], time)

    def with_key(self, key: Keyframe) -> KeyframeCurve:
        """The curve with a key, which replaces one at the same time."""
        return KeyframeCurve.of([*(one for one in self.keys if one.time != key.time), key])

    def without_key(self, time: Fraction) -> KeyframeCurve | None:
        """The curve without the key at a time; None if it was the only one. Raises RequestError if there is none."""
        key = self._key_at(time)
        rest = tuple(one for one in self.keys if one is not key)
        return KeyframeCurve(rest) if rest else None

    def with_moved_key(self, time: Fraction, to: Fraction) -> KeyframeCurve:
        """The curve with a key at another time. Raises RequestError if it has none at `time`, or one at `to`."""
        key = self._key_at(time)
        if to != time and any(one.time == to for one in self.keys):
            raise RequestError(f"There is a key at {to} s already.", "Delete it first, or choose another time.")
        return KeyframeCurve.of([*(one for one in self.keys if one is not key), replace(key, time=to)])

    def later(self, seconds: Fraction) -> KeyframeCurve:
        """The curve on a clock that shows `seconds` more."""
        return KeyframeCurve(tuple(replace(key, time=key.time + seconds) for key in self.keys))

    def _key_at(self, time: Fraction) -> Keyframe:
        found = next((key for key in self.keys if key.time == time), None)
        if found is None:
            times = ", ".join(f"{key.time}" for key in self.keys)
            raise RequestError(f"There is no key at {time} s.", f"Keys are at {times} s.")
        return found


def _between(key: Keyframe, following: Keyframe, time: Fraction) -> float:
    """The value in a segment, after `key` and before `following`."""
    length = following.time - key.time
    # The quotient is exact, and rounded once.
    x = float((time - key.time) / length)
    start, change = key.value, following.value - key.value
    match key.interpolation:
        case "hold":
            return start
        case "linear":
            return start + change * x
        case "ease":
            return start + change * (x * x * (3 - 2 * x))
        case "ease-in":
            return start + change * (x * x * (2 - x))
        case "ease-out":
            return start + change * (x * (1 + x - x * x))
        case "bezier":
            leave = key.leave or Tangent(length / 3, 0.0)
            arrive = following.arrive or Tangent(length / 3, 0.0)
            first = float(min(leave.time / length, Fraction(1)))
            second = float(1 - min(arrive.time / length, Fraction(1)))
            s = parameter_at(x, first, second)
            return bernstein(s, start, start + leave.value, following.value + arrive.value, following.value)
