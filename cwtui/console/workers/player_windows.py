"""Players' windows: on which machine's screen they open, and one playhead for them and the console."""

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
from engine.catalog import Take

if TYPE_CHECKING:
    from engine.player import MpvClient

# Nearer than this the window shows the same moment.
_SEEK_TOLERANCE_S = Fraction(1, 5)
# Longer than anybody speaks in one breath.
_TEXT_S = 60.0


@dataclass(frozen=True, slots=True)
class PlayerWindow:
    """A player that takes orders, and the take it shows."""

    take: str
    follower: MpvClient


class PlayerOpened(Message):
    """A window is there."""

    def __init__(self, window: PlayerWindow | None, message: str) -> None:
        super().__init__()
        self.window = window
        self.message = message


class PlayerController:
    """The windows of one console; one that is closed is forgotten."""

    def __init__(self, folder: Path, post: Callable[[Message], object]) -> None:
        self._folder = folder
        self._post = post
        self._window: PlayerWindow | None = None

    def open(self, take: Take, at: Fraction | None) -> None:
        """Opens the best player there is on this machine's screen; its outcome is said."""
        if self.follows(take):
            self._post(Notice("Its window is open; it follows the playhead."))
            return
        self._post(Notice(f"Opening a window on the screen of {platform.node()} …"))
        Thread(target=self._open, args=(take, at or Fraction(0)), name="window", daemon=True).start()

    def follows(self, take: Take | None) -> bool:
        """Whether a window shows this take and takes orders."""
        if self._window and not self._window.follower.alive:
            self._window = None
        return bool(self._window and take and self._window.take == take.id)

    def seek(self, take: Take, at: Fraction) -> None:
        """The window to the playhead."""
        if self.follows(take):
            assert self._window
            seen = self._window.follower.position()
            if seen is None or abs(seen - at) > _SEEK_TOLERANCE_S or self._window.follower.paused:
                self._window.follower.seek(at)

    def play(self, take: Take, on: bool) -> None:
        """The window plays or pauses with the console."""
        if self.follows(take):
            assert self._window
            self._window.follower.pause(not on)

    def show_text(self, take: Take, words: str) -> None:
        """Words over the window's picture, until there are others."""
        if self.follows(take):
            assert self._window
            self._window.follower.show_text(words, _TEXT_S)

    def select_audio(self, take: Take, cleaned: Path | None, gain_db: float) -> None:
        """The window's own sound, or the cleaned one at the same loudness."""
        if self.follows(take):
            assert self._window
            self._window.follower.set_audio(cleaned, gain_db)

    def position(self, take: Take) -> tuple[Fraction, bool] | None:
        """Where the window is, and whether it plays; None where there is none."""
        if not self.follows(take):
            return None
        assert self._window
        at = self._window.follower.position()
        return None if at is None else (at, not self._window.follower.paused)

    def attach(self, opened: PlayerOpened) -> None:
        """A window has opened."""
        if opened.window:
            # One window: the one for the take before has been looked at.
            if self._window:
                self._window.follower.quit()
            self._window = opened.window
        self._post(Notice(opened.message))

    def close(self) -> None:
        """Lets go of the window; it stays open."""
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
            window = PlayerWindow(take.id, MpvClient(opened.socket)) if opened.socket else None
        except Exception as error:
            self._post(Notice("", to_engine_error(error)))
            return
        follows = "it follows the playhead" if window else f"{opened.player} goes its own way"
        summary = f"{opened.player} on the screen of {platform.node()}, {shown.description}; {follows}."
        self._post(PlayerOpened(window, summary))
