"""A playhead that plays: forwards and backwards, by a window's clock where one follows."""

from __future__ import annotations

from abc import abstractmethod
from fractions import Fraction
from typing import Literal

from textual.timer import Timer

from cwtui.console.screens.review.markers import MarkerActions

_TICKS_A_SECOND = 10
# How often a window is asked whether somebody touched its own controls; and how long after an order it is believed.
_POLL_INTERVAL_S, _SETTLE_S = 0.2, 0.6
_SPEEDS = (1, 2, 4, 8)


class Transport(MarkerActions):
    """A room whose playhead runs at `speed` times the clock; 0 where it is held."""

    def __init__(self) -> None:
        super().__init__()
        self.speed = 0
        self._since = 0.0
        self._timer: Timer | None = None
        self._player_timer: Timer | None = None
        self._commanded_at = 0.0

    @property
    def last_position(self) -> Fraction:
        """The last moment there is something to see."""
        return max(Fraction(0), self.take.probe.duration - 1 / self.rate) if self.take else Fraction(0)

    @abstractmethod
    def show_position(self, at: Fraction) -> None:
        """Everything here to one moment."""

    def seek(self, at: Fraction) -> None:
        """The playhead to a moment, and a window with it."""
        self.show_position(at)
        self._seek_player()

    def _seek_player(self) -> None:
        """The window to where the playhead is."""
        if self.take:
            self._commanded_at = self.console_app.clock()
            self.console_app.player.seek(self.take, self.at)

    def sync_with_player(self) -> None:
        """Minds a window that shows this take, if there is one: what is done in it is done here."""
        if self._player_timer is None and self.console_app.player.follows(self.take):
            self._player_timer = self.set_interval(_POLL_INTERVAL_S, self._poll_player)

    def _poll_player(self) -> None:
        take, windows = self.take, self.console_app.player
        seen = windows.position(take) if take else None
        if not windows.follows(take):
            assert self._player_timer
            self._player_timer.stop()
            self._player_timer = None
            return
        heeded = self.is_current and self.speed in (0, 1) and self.console_app.clock() - self._commanded_at >= _SETTLE_S
        if seen is None or not heeded:
            return
        at, plays = seen
        if plays and not self.speed:
            self._play(1)
        elif not plays and self.speed:
            self.stop()
            self.show_position(at)
        elif not plays and abs(at - self.at) > 2 / self.rate:
            self.show_position(at)

    def _play(self, speed: int) -> None:
        take = self.take
        if take is None:
            return
        if speed > 0 and self.at >= self.last_position:
            self.seek(Fraction(0))
        self.speed, self._since = speed, self.console_app.clock()
        if self._timer is None:
            self._timer = self.set_interval(1 / _TICKS_A_SECOND, self._tick)
        self._commanded_at = self.console_app.clock()
        self.console_app.player.play(take, speed == 1)

    def stop(self) -> None:
        """Holds the playhead, and a window with it."""
        if self._timer:
            self._timer.stop()
        self._timer, playing = None, self.speed
        self.speed = 0
        if playing and self.take:
            self._commanded_at = self.console_app.clock()
            self.console_app.player.play(self.take, False)

    def _tick(self) -> None:
        now, take = self.console_app.clock(), self.take
        assert take
        window = self.console_app.player.position(take) if self.speed == 1 else None
        passed, self._since = Fraction(now - self._since).limit_denominator(1000) * self.speed, now
        # A window that plays is the better clock: what is heard there.
        self.show_position(window[0] if window and window[1] else self.at + passed)
        if self.speed != 1:
            self._seek_player()
        if (self.speed > 0 and self.at >= self.last_position) or (self.speed < 0 and self.at <= 0):
            self.stop()
            self.show_position(self.at)

    def action_play(self) -> None:
        """Play or pause."""
        if self.speed:
            self.action_stop()
        else:
            self._play(1)

    def action_shuttle(self, direction: Literal[-1, 1]) -> None:
        """Plays forwards or backwards, faster each time."""
        speed = self.speed * direction
        self._play(direction * (_next_speed(speed) if speed > 0 else 1))

    def action_stop(self) -> None:
        """Holds."""
        self.stop()
        self.seek(self.at)


def _next_speed(speed: int) -> int:
    return _SPEEDS[min(_SPEEDS.index(speed) + 1, len(_SPEEDS) - 1)]
