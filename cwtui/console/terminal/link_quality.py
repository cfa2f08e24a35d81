"""Latency and throughput of the connection to the terminal, and the byte budget of an image on it."""

from __future__ import annotations

import os
from dataclasses import dataclass

# The longest time in which an image may occupy the link, because keys and text wait behind it.
_PICTURE_TIME_S = 0.12
# Bytes per second before the first measurement, by `remote`: a home uplink, or a terminal on the same machine.
_DEFAULT_RATE = {True: 1_000_000.0, False: 40_000_000.0}
_SMOOTHING = 0.7
_SLOW_S = 0.15


@dataclass
class LinkQuality:
    """Smoothed round trip in seconds and throughput in bytes per second; None before the first measurement."""

    remote: bool
    round_trip: float | None = None
    rate: float | None = None

    @classmethod
    def of_this_process(cls) -> LinkQuality:
        """The link of this process; remote when it runs in an SSH session."""
        return cls(remote=bool(os.environ.get("SSH_CONNECTION") or os.environ.get("SSH_TTY")))

    def record(self, seconds: float, count: int) -> None:
        """Record the round trip of a query that was sent after `count` bytes."""
        if count < 2000:
            self.round_trip = _smooth(self.round_trip, seconds)
        elif (busy := seconds - (self.round_trip or 0.0)) > 0.001:
            self.rate = _smooth(self.rate, count / busy)

    @property
    def budget(self) -> int:
        """The largest size of an image, in bytes."""
        return round((self.rate or _DEFAULT_RATE[self.remote]) * _PICTURE_TIME_S)

    @property
    def frames_per_second(self) -> float:
        """The frame rate of moving images: 10 or less, falling with the round trip."""
        return min(10.0, max(1.0, 1.0 / (_PICTURE_TIME_S + 2 * (self.round_trip or 0.0))))

    @property
    def slow(self) -> bool:
        """Whether the round trip is noticeable."""
        return (self.round_trip or 0.0) > _SLOW_S

    @property
    def summary(self) -> str:
        """The text for the status bar."""
        if self.round_trip is None:
            return "ssh" if self.remote else ""
        return f"{'ssh ' if self.remote else 'terminal '}{self.round_trip * 1000:.0f} ms"


def _smooth(before: float | None, now: float) -> float:
    return now if before is None else _SMOOTHING * before + (1 - _SMOOTHING) * now
