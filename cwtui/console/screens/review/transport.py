"""A playhead that plays: forwards and backwards, by a window's clock where one follows."""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction

from textual.timer import Timer

from cwtui.console.screens.review.markers import Marking

_TICKS_A_SECOND = 10
# How often a window is asked whether somebody touched its own controls; and how long after an order it is believed.
_WATCH_S, _TRUST_S = 0.2, 0.6
_SPEEDS = (1, 2, 4, 8)


class Transport(Marking):
    """A room whose playhead runs at `speed` times the clock; 0 where it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.speed = 0
        self._since = 0.0
        self._clock: Timer | None = None
        self._watching: Timer | None = None
        self._ordered = 0.0

    @property
    def last(self) -> Fraction:
        """The last moment there is something to see."""
        return max(Fraction(0), self.take.probe.duration - 1 / self.rate) if self.take else Fraction(0)

    @abstractmethod
    def look(self, at: Fraction) -> None:
        """Everything here to one moment."""

    def go(self, at: Fraction) -> None:
        """The playhead to a moment, and a window with it."""
        self.look(at)
        self._order()

    def _order(self) -> None:
        """The window to where the playhead is."""
        if self.take:
            self._ordered = self.desk.clock()
            self.desk.windows.seek(self.take, self.at)

    def attend(self) -> None:
        """Minds a window that shows this take, if there is one: what is done in it is done here."""
        if self._watching is None and self.desk.windows.follows(self.take):
            self._watching = self.set_interval(_WATCH_S, self._watch)

    def _watch(self) -> None:
        take, windows = self.take, self.desk.windows
        seen = windows.position(take) if take else None
        if not windows.follows(take):
            assert self._watching
            self._watching.stop()
            self._watching = None
            return
        heeded = self.is_current and self.speed in (0, 1) and self.desk.clock() - self._ordered >= _TRUST_S
        if seen is None or not heeded:
            return
        at, plays = seen
        if plays and not self.speed:
            self._play(1)
        elif not plays and self.speed:
            self.stop()
            self.look(at)
        elif not plays and abs(at - self.at) > 2 / self.rate:
            self.look(at)

    def _play(self, speed: int) -> None:
        take = self.take
        if take is None:
            return
        if speed > 0 and self.at >= self.last:
            self.go(Fraction(0))
        self.speed, self._since = speed, self.desk.clock()
        if self._clock is None:
            self._clock = self.set_interval(1 / _TICKS_A_SECOND, self._tick)
        self._ordered = self.desk.clock()
        self.desk.windows.play(take, speed == 1)

    def stop(self) -> None:
        """Holds the playhead, and a window with it."""
        if self._clock:
            self._clock.stop()
        self._clock, playing = None, self.speed
        self.speed = 0
        if playing and self.take:
            self._ordered = self.desk.clock()
            self.desk.windows.play(self.take, False)

    def _tick(self) -> None:
        now, take = self.desk.clock(), self.take
        assert take
        window = self.desk.windows.position(take) if self.speed == 1 else None
        passed, self._since = Fraction(now - self._since).limit_denominator(1000) * self.speed, now
        # A window that plays is the better clock: what is heard there.
        self.look(window[0] if window and window[1] else self.at + passed)
        if self.speed != 1:
            self._order()
        if (self.speed > 0 and self.at >= self.last) or (self.speed < 0 and self.at <= 0):
            self.stop()
            self.look(self.at)

    def do_play(self) -> None:
        """Play or pause."""
        if self.speed:
            self.do_stop()
        else:
            self._play(1)

    def do_forth(self) -> None:
        """Faster each time."""
        self._play(_faster(self.speed) if self.speed > 0 else 1)

    def do_back(self) -> None:
        """Backwards, faster each time."""
        self._play(-_faster(-self.speed) if self.speed < 0 else -1)

    def do_stop(self) -> None:
        """Holds."""
        self.stop()
        self.go(self.at)


def _faster(speed: int) -> int:
    return _SPEEDS[min(_SPEEDS.index(speed) + 1, len(_SPEEDS) - 1)]
