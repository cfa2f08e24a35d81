"""Player windows on this machine's screen, which share one playhead with the console."""

from __future__ import annotations

import platform
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from cwtui.console.workers.studio_worker import Notice
from engine.catalog import Project, Take

if TYPE_CHECKING:
    from engine.player import MpvClient
    from engine.studio import CutPlayback
    from engine.timeline import Cut

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
class TakeWindow:
    """A player that can be controlled, and the id of the take that it shows; empty for a cut."""

    take: str
    follower: MpvClient


class PlayerOpened(Message):
    """A player has opened; `window` is None when it cannot be controlled. `cut` is what it plays, if not a take."""

    def __init__(self, window: TakeWindow | None, message: str, cut: tuple[Cut, CutPlayback] | None = None) -> None:
        super().__init__()
        self.window = window
        self.message = message
        self.cut = cut


class PlayerController:
    """The player window of a console."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        self._folder = folder
        self._post = post
        self._window: TakeWindow | None = None
        self._cut: tuple[Cut, CutPlayback] | None = None

    def open(self, take: Take, at: Fraction | None) -> None:
        """Open the best player that is installed, on this machine's screen; the result is shown as a message."""
        if self.follows(take):
            self._post(Notice("The window is already open and follows the playhead."))
            return
        self._post(Notice(f"Opening a window on the screen of {platform.node()} …"))
        Thread(target=self._open, args=(take, at or Fraction(0)), name="window", daemon=True).start()

    def open_cut(self, project: Project, cut: Cut, tick: int) -> None:
        """Plays a cut from a tick; a window that shows it as it is now moves there."""
        at = tick / cut.rate
        if self._cut and self._cut[0] == cut and self._window and self._window.follower.alive:
            self._window.follower.seek(self._cut[1].at(at))
            self._window.follower.pause(False)
            self._post(Notice(f"The window plays “{cut.name}” from here."))
            return
        self._post(Notice(f"Opening a window on the screen of {platform.node()} …"))
        Thread(target=self._open_cut, args=(project, cut, at), name="window", daemon=True).start()

    def follows(self, take: Take | None) -> bool:
        """Whether a controllable window shows this take."""
        if self._window and not self._window.follower.alive:
            self._window = None
        return bool(self._window and take and self._window.take == take.id)

    def seek(self, take: Take, at: Fraction) -> None:
        """Move the window to the playhead."""
        if self.follows(take):
            assert self._window
            seen = self._window.follower.position()
            if seen is None or abs(seen - at) > _SEEK_TOLERANCE_S or self._window.follower.paused:
                self._window.follower.seek(at)

    def play(self, take: Take, speed: Fraction) -> bool:
        """Plays the window at a speed, in reverse if it is negative, or pauses it at 0.

        Returns whether the window plays; without a window, or one that cannot play in reverse, it does not.
        """
        if not self.follows(take):
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

    def can_reverse(self, take: Take) -> bool:
        """Whether the window can play in reverse."""
        return self.follows(take) and self._window is not None and self._window.follower.can_reverse

    def show_text(self, take: Take, words: str) -> None:
        """Show text over the window's picture until it is replaced."""
        if self.follows(take):
            assert self._window
            self._window.follower.show_text(words, _TEXT_S)

    def select_audio(self, take: Take, cleaned: Path | None, gain_db: float) -> None:
        """Select the cleaned sound at the same loudness, or the take's own."""
        if self.follows(take):
            assert self._window
            self._window.follower.set_audio(cleaned, gain_db)

    def state(self, take: Take) -> WindowState | None:
        """The window's position and speed; None without a window."""
        if not self.follows(take):
            return None
        assert self._window
        follower = self._window.follower
        at = follower.position()
        return None if at is None else WindowState(at, Fraction(0) if follower.paused else follower.speed)

    def attach(self, opened: PlayerOpened) -> None:
        """Use a window that has opened."""
        if opened.window:
            # There is one window at a time.
            if self._window:
                self._window.follower.quit()
            self._window, self._cut = opened.window, opened.cut
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
            window = TakeWindow(take.id, MpvClient(opened.socket)) if opened.socket else None
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
            window = TakeWindow("", MpvClient(opened.socket)) if opened.socket else None
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
            return
        summary = f"{opened.player} on the screen of {platform.node()}: {played.description}."
        self._post(PlayerOpened(window, summary, (cut, played)))
