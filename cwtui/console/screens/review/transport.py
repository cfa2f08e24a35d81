"""The transport: plays forwards and backwards, by the clock of a player's window if one follows."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from textual.timer import Timer

from cwtui.console.screens.review.playhead import PlayheadScreen

_TICKS_A_SECOND = 10
# How often the window's state is polled, and how long after a command it may be out of date.
_POLL_INTERVAL_S, _SETTLE_S = 0.2, 0.6
_SPEEDS = (1, 2, 4, 8)


class Transport:
    """Runs a screen's playhead at `speed` times the clock, and a player's window with it; 0 where it is paused."""

    def __init__(self, screen: PlayheadScreen) -> None:
        self.speed = 0
        self._screen = screen
        self._since = 0.0
        self._timer: Timer | None = None
        self._player_timer: Timer | None = None
        self._commanded_at = 0.0
        self._shown_words = ""

    def seek(self, at: Fraction) -> None:
        """Moves the playhead and the player's window."""
        self._screen.show_position(at)
        self._seek_player()

    def _seek_player(self) -> None:
        """Moves the player's window to the playhead."""
        if self._screen.take:
            self._commanded_at = self._screen.console_app.clock()
            self._screen.console_app.player.seek(self._screen.take, self._screen.at)

    def sync_with_player(self) -> None:
        """Follows a player's window that shows the take: its own controls move the playhead."""
        if self._player_timer is None and self._screen.console_app.player.follows(self._screen.take):
            self._player_timer = self._screen.set_interval(_POLL_INTERVAL_S, self._poll_player)

    def show_words(self, words: str) -> None:
        """Shows words over the picture of the player's window."""
        take = self._screen.take
        if take and words != self._shown_words:
            self._shown_words = words
            self._screen.console_app.player.show_text(take, words)

    def _poll_player(self) -> None:
        take, windows = self._screen.take, self._screen.console_app.player
        seen = windows.position(take) if take else None
        if not windows.follows(take):
            assert self._player_timer
            self._player_timer.stop()
            self._player_timer = None
            return
        settled = self._screen.console_app.clock() - self._commanded_at >= _SETTLE_S
        heeded = self._screen.is_current and self.speed in (0, 1) and settled
        if seen is None or not heeded:
            return
        at, plays = seen
        if plays and not self.speed:
            self._play(1)
        elif not plays and self.speed:
            self.stop()
            self._screen.show_position(at)
        elif not plays and abs(at - self._screen.at) > 2 / self._screen.rate:
            self._screen.show_position(at)

    def _play(self, speed: int) -> None:
        take = self._screen.take
        if take is None:
            return
        if speed > 0 and self._screen.at >= self._screen.last_position:
            self.seek(Fraction(0))
        self.speed, self._since = speed, self._screen.console_app.clock()
        if self._timer is None:
            self._timer = self._screen.set_interval(1 / _TICKS_A_SECOND, self._tick)
        self._commanded_at = self._screen.console_app.clock()
        self._screen.console_app.player.play(take, speed == 1)

    def stop(self) -> None:
        """Pauses the playhead and the player's window."""
        if self._timer:
            self._timer.stop()
        self._timer, playing = None, self.speed
        self.speed = 0
        if playing and self._screen.take:
            self._commanded_at = self._screen.console_app.clock()
            self._screen.console_app.player.play(self._screen.take, False)

    def _tick(self) -> None:
        now, take = self._screen.console_app.clock(), self._screen.take
        assert take
        window = self._screen.console_app.player.position(take) if self.speed == 1 else None
        passed, self._since = Fraction(now - self._since).limit_denominator(1000) * self.speed, now
        # The window's position is more exact while it plays.
        self._screen.show_position(window[0] if window and window[1] else self._screen.at + passed)
        if self.speed != 1:
            self._seek_player()
        at = self._screen.at
        if (self.speed > 0 and at >= self._screen.last_position) or (self.speed < 0 and at <= 0):
            self.stop()
            self._screen.show_position(at)

    def action_play(self) -> None:
        """Plays or pauses."""
        if self.speed:
            self.action_stop()
        else:
            self._play(1)

    def action_shuttle(self, direction: Literal[-1, 1]) -> None:
        """Plays forwards or backwards, faster each time."""
        speed = self.speed * direction
        self._play(direction * (_next_speed(speed) if speed > 0 else 1))

    def action_stop(self) -> None:
        """Pauses."""
        self.stop()
        self.seek(self._screen.at)


def _next_speed(speed: int) -> int:
    return _SPEEDS[min(_SPEEDS.index(speed) + 1, len(_SPEEDS) - 1)]
