"""The transport: plays forwards and backwards, by the clock of a player's window if one follows."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol

from textual.timer import Timer

if TYPE_CHECKING:
    from collections.abc import Callable

    from cwtui.console.app import ConsoleApp
    from cwtui.console.workers.player_windows import Played

_TICKS_A_SECOND = 10
# How often the window's state is polled, and how long after a command it may be out of date.
_POLL_INTERVAL_S, _SETTLE_S = 0.2, 0.6
_SPEEDS = tuple(Fraction(one) for one in ("1/4", "1/2", "1", "2", "4", "8"))
_PAUSED, _QUARTER, _HALF, _REAL_TIME = Fraction(0), *_SPEEDS[:3]


class TransportScreen(Protocol):
    """A screen with a take or a cut that plays, and a playhead, `at` seconds of its clock."""

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether nothing is shown over the screen."""
        ...

    @property
    def played(self) -> Played | None:
        """The take or the cut that plays."""
        ...

    @property
    def at(self) -> Fraction:
        """The playhead's position."""
        ...

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        ...

    @property
    def last_position(self) -> Fraction:
        """The position of the last frame."""
        ...

    def show_position(self, at: Fraction) -> None:
        """Moves the playhead."""
        ...

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer:
        """Calls back every so many seconds."""
        ...


class Transport:
    """Runs a screen's playhead at `speed` times the clock, and a player's window with it.

    The speed is negative in reverse, and 0 while it is paused.
    """

    def __init__(self, screen: TransportScreen) -> None:
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
        self.seek_player()

    def seek_player(self) -> None:
        """Moves the player's window to the playhead."""
        if self._screen.played:
            self._commanded_at = self._screen.console_app.clock()
            self._screen.console_app.player.seek(self._screen.played, self._screen.at)

    def sync_with_player(self) -> None:
        """Follows a player's window that shows what plays: its own controls move the playhead."""
        if self._player_timer is None and self._screen.console_app.player.follows(self._screen.played):
            self._player_timer = self._screen.set_interval(_POLL_INTERVAL_S, self._poll_player)
            if self.speed:
                self.seek_player()
                self._start_player()

    def show_words(self, words: str) -> None:
        """Shows words over the picture of the player's window."""
        played = self._screen.played
        if played and words != self._shown_words:
            self._shown_words = words
            self._screen.console_app.player.show_text(played, words)

    def _poll_player(self) -> None:
        played, player = self._screen.played, self._screen.console_app.player
        window = player.state(played, self._screen.at) if played else None
        if not player.follows(played):
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
        if self._screen.played is None:
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
        assert self._screen.played
        self._commanded_at = self._screen.console_app.clock()
        self._window_plays = self._screen.console_app.player.play(self._screen.played, self.speed)

    def stop(self) -> None:
        """Pauses the playhead and the player's window."""
        if self._timer:
            self._timer.stop()
        self._timer, playing = None, self.speed
        self.speed, self._window_plays = _PAUSED, False
        if playing and self._screen.played:
            self._commanded_at = self._screen.console_app.clock()
            self._screen.console_app.player.play(self._screen.played, _PAUSED)

    def _tick(self) -> None:
        now, played, player = self._screen.console_app.clock(), self._screen.played, self._screen.console_app.player
        if played is None:
            self.stop()
            return
        if self._window_plays and self.speed < 0 and not player.can_reverse(played):
            # The player has refused; it is moved step by step instead.
            self._start_player()
        window = player.state(played, self._screen.at) if self._window_plays else None
        passed, self._since = Fraction(now - self._since).limit_denominator(1000) * self.speed, now
        # The window's position is more exact while it plays.
        self._screen.show_position(window.at if window and window.speed else self._screen.at + passed)
        if not self._window_plays:
            self.seek_player()
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
