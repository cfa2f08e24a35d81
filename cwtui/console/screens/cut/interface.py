"""The interface of Cut that its parts use."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from textual.message import Message
from textual.timer import Timer

from cwtui.console.shown_cut import ShownCut

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.workers.cut_reader import CutChange
    from engine.timeline import Clip


class CutEditor(Protocol):
    """A screen with a cut, its clip under the cursor, and a playhead."""

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    @property
    def shown(self) -> ShownCut | None:
        """The cut; None while the project has none, or it is being read."""
        ...

    @property
    def index(self) -> int | None:
        """The index of the clip under the cursor."""
        ...

    @property
    def clip(self) -> Clip | None:
        """The clip under the cursor."""
        ...

    @property
    def tick(self) -> int:
        """The playhead, in ticks of the cut: the word under the cursor, or the start of the clip."""
        ...

    @property
    def at(self) -> Fraction:
        """The playhead in seconds of the cut, also within a word while it plays."""
        ...

    def edit(self, change: CutChange, title: str, run: str = "") -> None:
        """Submits an edit of the cut. `title` is its entry in the journal, after the cut's name.

        Edits of one `run` are one entry, as long as the cursor stays on the clip and nothing else is changed.
        """
        ...

    def move_to_clip(self, index: int) -> None:
        """Moves the cursor to a clip."""
        ...

    def seek_to_cursor(self) -> None:
        """Moves the playhead to the word under the cursor, and the player's window with it."""
        ...

    @property
    def is_current(self) -> bool:
        """Whether nothing is shown over the screen."""
        ...

    def show_playhead(self) -> None:
        """Shows the word and the time at the playhead."""
        ...

    def set_interval(self, interval: float, callback: Callable[[], object]) -> Timer:
        """Calls back every so many seconds."""
        ...

    def show_words(self) -> None:
        """Shows the word under the cursor and the selection."""
        ...

    def post_message(self, message: Message) -> bool:
        """Posts a message to the screen."""
        ...
