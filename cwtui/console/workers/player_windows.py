"""Player windows on this machine's screen, which share one playhead with the console."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Union

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.studio_worker import Notice
from engine.catalog import Project, Take

if TYPE_CHECKING:
    from engine.player import MpvClient
    from engine.studio import CutPlayback
    from engine.timeline import Cut

Played = Union[Take, "Cut"]
"""What a window plays."""

# The window is not moved for a smaller difference.
_SEEK_TOLERANCE_S = Fraction(1, 5)
# Longer than any transcript segment.
_TEXT_S = 60.0


@dataclass(frozen=True, slots=True)
class WindowState:
    """The position of a window in seconds, and its speed in multiples of real time: 0 while it is paused."""

    at: Fraction
    speed: Fraction


@dataclass(frozen=True, slots=True)
class OpenWindow:
    """A player that can be controlled, and what it shows: the take with this id, or a cut and what is played of it."""

    follower: MpvClient
    take: str = ""
    cut: tuple[Cut, CutPlayback] | None = None

    def shows(self, played: Played) -> bool:
        """Whether it shows a take, or a cut as it is now."""
        if isinstance(played, Take):
            return self.take == played.id
        return self.cut is not None and self.cut[0] == played

    def to_player(self, at: Fraction) -> Fraction:
        """The time in the player of a time in what it shows."""
        return self.cut[1].at(at) if self.cut else at

    def from_player(self, position: Fraction, near: Fraction) -> Fraction:
        """The time in what it shows of a time in the player; `near`, a time in what it shows, if that is the same."""
        # A cut's gap is not played: a playhead in it stays there.
        if self.cut is None or self.to_player(near) == position:
            return near if self.cut else position
        return self.cut[1].time_of(position)


class PlayerOpened(Message):
    """A player has opened; `window` is None when it cannot be controlled."""

    def __init__(self, window: OpenWindow | None, message: str) -> None:
        super().__init__()
        self.window = window
        self.message = message


class PlayerController:
    """The player window of a console."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        self._folder = folder
        self._post = post
        self._window: OpenWindow | None = None

    def open(self, take: Take, at: Fraction | None) -> None:
        """Open the best player that is installed, on this machine's screen; the result is shown as a message."""
        if self.follows(take):
            self._post(Notice("The window is already open and follows the playhead."))
            return
        self._post(Notice(f"Opening a window on the screen of {platform.node()} …"))
        Thread(target=self._open, args=(take, at or Fraction(0)), name="window", daemon=True).start()

    def open_cut(self, project: Project, cut: Cut, at: Fraction) -> None:
        """Opens a player that plays a cut from `at` seconds; the result is shown as a message."""
        if self.follows(cut):
            self._post(Notice("The window is already open and follows the playhead."))
            return
        self._post(Notice(f"Opening a window on the screen of {platform.node()} …"))
        Thread(target=self._open_cut, args=(project, cut, at), name="window", daemon=True).start()

    def shows_other_version(self, cut: Cut) -> bool:
        """Whether a window shows the cut with this name as it was before an edit."""
        window = self._window
        shown = window.cut[0] if window and window.follower.alive and window.cut else None
        return shown is not None and shown.name == cut.name and shown != cut

    def follows(self, played: Played | None) -> bool:
        """Whether a controllable window shows this take or cut."""
        if self._window and not self._window.follower.alive:
            self._window = None
        return bool(self._window and played and self._window.shows(played))

    def seek(self, played: Played, at: Fraction) -> None:
        """Move the window to the playhead."""
        if self.follows(played):
            assert self._window
            follower, wanted = self._window.follower, self._window.to_player(at)
            seen = follower.position()
            if seen is None or abs(seen - wanted) > _SEEK_TOLERANCE_S or follower.paused:
                follower.seek(wanted)

    def play(self, played: Played, speed: Fraction) -> bool:
        """Plays the window at a speed, in reverse if it is negative, or pauses it at 0.

        Returns whether the window plays; without a window, or one that cannot play in reverse, it does not.
        """
        if not self.follows(played):
            return False
        assert self._window
        follower = self._window.follower
        if speed < 0 and not follower.can_reverse:
            speed = Fraction(0)
        if not speed:
            follower.pause(True)
        # A paused window plays forwards in real time again when its own key starts it.
        follower.set_speed(speed or Fraction(1))
        if speed:
            follower.pause(False)
        return bool(speed)

    def can_reverse(self, played: Played) -> bool:
        """Whether the window can play in reverse."""
        return self.follows(played) and self._window is not None and self._window.follower.can_reverse

    def show_text(self, played: Played, words: str) -> None:
        """Show text over the window's picture until it is replaced."""
        if self.follows(played):
            assert self._window
            self._window.follower.show_text(words, _TEXT_S)

    def select_audio(self, take: Take, cleaned: Path | None, gain_db: float) -> None:
        """Select the cleaned sound at the same loudness, or the take's own."""
        if self.follows(take):
            assert self._window
            self._window.follower.set_audio(cleaned, gain_db)

    def state(self, played: Played, near: Fraction) -> WindowState | None:
        """The window's position and speed; None without a window. `near` is the playhead's position."""
        if not self.follows(played):
            return None
        assert self._window
        follower = self._window.follower
        position = follower.position()
        if position is None:
            return None
        at = self._window.from_player(position, near)
        return WindowState(at, Fraction(0) if follower.paused else follower.speed)

    def attach(self, opened: PlayerOpened) -> None:
        """Use a window that has opened."""
        if opened.window:
            # There is one window at a time.
            if self._window:
                self._window.follower.quit()
            self._window = opened.window
        self._post(Notice(opened.message))

    def close(self) -> None:
        """Release the window; it stays open."""
        if self._window:
            self._window.follower.close()
        self._window = None

    def _open(self, take: Take, at: Fraction) -> None:
        from engine.player import MpvClient, open_in_player
        from engine.studio import Studio, playback_source

        try:
            studio = Studio(self._folder)
            try:
                shown = playback_source(studio, studio.subject_of(take), None, at)
            finally:
                studio.close()
            opened = open_in_player(shown.path, f"{take.label} — Cleanwater", at)
            window = OpenWindow(MpvClient(opened.socket), take.id) if opened.socket else None
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
            return
        follows = "it follows the playhead" if window else f"{opened.player} does not follow the playhead"
        summary = f"{opened.player} on the screen of {platform.node()}, {shown.description}; {follows}."
        self._post(PlayerOpened(window, summary))

    def _open_cut(self, project: Project, cut: Cut, at: Fraction) -> None:
        from engine.player import MpvClient, play_stretches
        from engine.studio import Studio, cut_playback

        try:
            studio = Studio(self._folder)
            try:
                played = cut_playback(studio, project, cut)
            finally:
                studio.close()
            opened = play_stretches(played.stretches, f"{cut.name} — Cleanwater", played.at(at))
            window = OpenWindow(MpvClient(opened.socket), cut=(cut, played)) if opened.socket else None
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
            return
        summary = f"{opened.player} on the screen of {platform.node()}: {played.description}."
        self._post(PlayerOpened(window, summary))
