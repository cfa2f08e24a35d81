"""The playhead of Cut: at the word or the clip under the cursor, or where it plays."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING

from textual.timer import Timer

from cwtui.console.screens.cut.interface import CutEditor
from cwtui.console.screens.cut.words import WordEdits
from cwtui.console.screens.transport import Transport
from cwtui.console.shown_cut import ShownCut

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.timeline import Cut


class CutPlayhead:
    """Plays the cut with the transport: while it plays, the cursor follows to its clip and its word."""

    def __init__(self, screen: CutEditor, words: WordEdits) -> None:
        self._screen = screen
        self._words = words
        self._transport = Transport(self)
        self._shown: ShownCut | None = None
        # Where the transport or a player's window has moved it; None at the word or the clip under the cursor.
        self._position: Fraction | None = None

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        return self._screen.console_app

    @property
    def is_current(self) -> bool:
        """Whether nothing is shown over the screen."""
        return self._screen.is_current

    @property
    def playing(self) -> bool:
        """Whether it plays."""
        return bool(self._transport.speed)

    @property
    def played(self) -> Cut | None:
        """The cut."""
        return self._screen.shown.cut if self._screen.shown else None

    @property
    def at(self) -> Fraction:
        """Its position in seconds of the cut."""
        return self._screen.tick / self.rate if self._position is None else self._position

    @property
    def rate(self) -> Fraction:
        """Frames a second of the cut."""
        return self.played.rate if self.played else Fraction(1)

    @property
    def last_position(self) -> Fraction:
        """The position of the last frame."""
        return max(0, self.played.length - 1) / self.rate if self.played else Fraction(0)

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer:
        """Calls back every so many seconds."""
        return self._screen.set_interval(interval, callback)

    def show_position(self, at: Fraction) -> None:
        """Moves it, and the cursor to its clip and its word."""
        cut = self.played
        if cut is None or not cut.clips:
            return
        self._position = min(max(at, Fraction(0)), self.last_position)
        tick = int(self._position * self.rate)
        self._screen.move_to_clip(max(0, bisect_right(cut.positions, tick) - 1))
        self._words.show_position(tick)
        self._show()

    def seek_to_cursor(self) -> None:
        """Pauses, and moves to the word or the clip under the cursor."""
        self._transport.stop()
        self._position = None
        self._transport.seek_player()
        self._show()

    def row_changed(self) -> None:
        """Moves to another clip, unless the cursor has come there with it."""
        shown, index = self._screen.shown, self._screen.index
        if shown is None or index is None:
            return
        start, tick = shown.cut.positions[index], None if self._position is None else self._position * self.rate
        if tick is None or not start <= tick < start + shown.cut.clips[index].length:
            self._transport.stop()
            self._position = None
            self._transport.seek_player()

    def cut_changed(self) -> None:
        """Returns to the cursor when the cut has changed."""
        if self._screen.shown is not self._shown:
            self._shown, self._position = self._screen.shown, None

    def sync_with_player(self) -> None:
        """Follows a player's window that shows the cut."""
        self._transport.sync_with_player()

    def stop(self) -> None:
        """Pauses."""
        self._transport.stop()

    def action_play_cut(self) -> None:
        """Plays or pauses. A window that shows the cut before an edit opens again."""
        app, cut = self.console_app, self.played
        if cut and app.snapshot.project and not self.playing and app.player.shows_other_version(cut):
            app.player.open_cut(app.snapshot.project, cut, self.at)
        else:
            self._transport.action_play()
            self._show()

    def _show(self) -> None:
        self._screen.show_playhead()
        if self.console_app.player.follows(self.played):
            self._transport.show_words(self._words.sentence)
