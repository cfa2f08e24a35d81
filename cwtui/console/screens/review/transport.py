"""The transport: plays forwards and backwards, by the clock of a player's window if one follows."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from textual.timer import Timer

from cwtui.console.screens.review.playhead import PlayheadScreen

_TICKS_A_SECOND = 10
# How often the window's state is polled, and how long after a command it may be out of date.
_POLL_INTERVAL_S, _SETTLE_S = 0.2, 0.6
_SPEEDS = tuple(Fraction(one) for one in ("1/4", "1/2", "1", "2", "4", "8"))
_PAUSED, _QUARTER, _HALF, _REAL_TIME = Fraction(0), *_SPEEDS[:3]


class Transport:
    """Runs a screen's playhead at `speed` times the clock, and a player's window with it.

    The speed is negative in reverse, and 0 while it is paused.
    """

    def __init__(self, screen: PlayheadScreen) -> None:
        self.speed = _PAUSED
        self._window_plays = False
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
            if self.speed:
                self._seek_player()
                self._start_player()

    def show_words(self, words: str) -> None:
        """Shows words over the picture of the player's window."""
        take = self._screen.take
        if take and words != self._shown_words:
            self._shown_words = words
            self._screen.console_app.player.show_text(take, words)

    def _poll_player(self) -> None:
        take, player = self._screen.take, self._screen.console_app.player
        window = player.state(take) if take else None
        if not player.follows(take):
            assert self._player_timer
            self._player_timer.stop()
            self._player_timer = None
            return
        settled = self._screen.console_app.clock() - self._commanded_at >= _SETTLE_S
        heeded = self._screen.is_current and settled and (self._window_plays or not self.speed)
        if window is None or not heeded:
            return
        if window.speed and window.speed != self.speed:
            # The window's own keys have started it or changed its speed.
            self._window_plays = True
            self._run(window.speed)
        elif not window.speed and self.speed:
            self.stop()
            self._screen.show_position(window.at)
        elif not window.speed and abs(window.at - self._screen.at) > 2 / self._screen.rate:
            self._screen.show_position(window.at)

    def _play(self, speed: Fraction) -> None:
        if self._screen.take is None:
            return
        if speed > 0 and self._screen.at >= self._screen.last_position:
            self.seek(Fraction(0))
        self._run(speed)
        self._start_player()
        self._screen.show_position(self._screen.at)

    def _run(self, speed: Fraction) -> None:
        """Runs the playhead alone."""
        self.speed, self._since = speed, self._screen.console_app.clock()
        if self._timer is None:
            self._timer = self._screen.set_interval(1 / _TICKS_A_SECOND, self._tick)

    def _start_player(self) -> None:
        """Plays the player's window at the speed of the playhead."""
        assert self._screen.take
        self._commanded_at = self._screen.console_app.clock()
        self._window_plays = self._screen.console_app.player.play(self._screen.take, self.speed)

    def stop(self) -> None:
        """Pauses the playhead and the player's window."""
        if self._timer:
            self._timer.stop()
        self._timer, playing = None, self.speed
        self.speed, self._window_plays = _PAUSED, False
        if playing and self._screen.take:
            self._commanded_at = self._screen.console_app.clock()
            self._screen.console_app.player.play(self._screen.take, _PAUSED)

    def _tick(self) -> None:
        now, take, player = self._screen.console_app.clock(), self._screen.take, self._screen.console_app.player
        assert take
        if self._window_plays and self.speed < 0 and not player.can_reverse(take):
            # The player has refused; it is moved step by step instead.
            self._start_player()
        window = player.state(take) if self._window_plays else None
        passed, self._since = Fraction(now - self._since).limit_denominator(1000) * self.speed, now
        # The window's position is more exact while it plays.
        self._screen.show_position(window.at if window and window.speed else self._screen.at + passed)
        if not self._window_plays:
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
            self._play(_REAL_TIME)

    def action_shuttle(self, direction: Literal[-1, 1]) -> None:
        """Plays forwards or backwards, faster each time."""
        speed = self.speed * direction
        faster = next((one for one in _SPEEDS if one > speed), _SPEEDS[-1])
        self._play(direction * (faster if speed > 0 else _REAL_TIME))

    def action_slow(self, direction: Literal[-1, 1]) -> None:
        """Plays forwards or backwards at half speed, then at a quarter."""
        self._play(direction * (_QUARTER if self.speed == direction * _HALF else _HALF))

    def action_stop(self) -> None:
        """Pauses."""
        self.stop()
        self.seek(self._screen.at)
