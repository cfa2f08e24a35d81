"""How good the line to the terminal is: asked of the terminal itself, and what a picture may take on it."""

from __future__ import annotations

import os
from dataclasses import dataclass

# A picture may keep the line busy for this long, so that keys and words never wait behind it.
_PICTURE_TIME_S = 0.12
# Before anything was measured: a home's uplink, or a terminal on the same machine.
_DEFAULT_RATE = {True: 1_000_000.0, False: 40_000_000.0}
_SMOOTHING = 0.7
_SLOW_S = 0.15


@dataclass
class LinkQuality:
    """A line's round trip in seconds and its bytes a second, as smoothed measurements; None before the first."""

    remote: bool
    round_trip: float | None = None
    rate: float | None = None

    @classmethod
    def of_this_process(cls) -> LinkQuality:
        """The line of this process."""
        return cls(remote=bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY")))

    def record(self, seconds: float, count: int) -> None:
        """The terminal has answered after so many bytes were sent before the question."""
        if count < 2000:
            self.round_trip = _smooth(self.round_trip, seconds)
        elif (busy := seconds - (self.round_trip or 0.0)) > 0.001:
            self.rate = _smooth(self.rate, count / busy)

    @property
    def budget(self) -> int:
        """How many bytes a picture may have."""
        return round((self.rate or _DEFAULT_RATE[self.remote]) * _PICTURE_TIME_S)

    @property
    def frames_per_second(self) -> float:
        """How often a moving picture may be sent: ten times, fewer where answers come late."""
        return min(10.0, max(1.0, 1.0 / (_PICTURE_TIME_S + 2 * (self.round_trip or 0.0))))

    @property
    def slow(self) -> bool:
        """Whether one feels it."""
        return (self.round_trip or 0.0) > _SLOW_S

    @property
    def summary(self) -> str:
        """For the status line."""
        if self.round_trip is None:
            return "ssh" if self.remote else ""
        return f"{'ssh ' if self.remote else 'terminal '}{self.round_trip * 1000:.0f} ms"


def _smooth(before: float | None, now: float) -> float:
    return now if before is None else _SMOOTHING * before + (1 - _SMOOTHING) * now
