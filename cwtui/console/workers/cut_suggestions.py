"""Finds suggestions for a cut on a thread: for an hour of words this takes a second or two."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock, Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.shown_cut import ShownCut
from cwtui.console.workers.error_report import to_engine_error
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.timeline import Suggestion


class SuggestionsFound(Message):
    """The suggestions for a cut, in its order; or why they cannot be found."""

    def __init__(self, shown: ShownCut, found: tuple[Suggestion, ...], error: EngineError | None = None) -> None:
        super().__init__()
        self.shown = shown
        self.found = found
        self.error = error


class SuggestionFinder:
    """Finds the suggestions for the cut that was requested last; posts SuggestionsFound."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._lock = Lock()
        self._wanted: ShownCut | None = None
        self._running = False

    @property
    def idle(self) -> bool:
        """Whether no search is running."""
        return not self._running

    def request(self, shown: ShownCut) -> None:
        """Searches again, because the cut or its words have changed."""
        with self._lock:
            self._wanted = shown
            if self._running:
                return
            self._running = True
        Thread(target=self._run, name="suggestions", daemon=True).start()

    def _run(self) -> None:
        while True:
            with self._lock:
                shown, self._wanted = self._wanted, None
                if shown is None:
                    self._running = False
                    return
            try:
                message = SuggestionsFound(shown, find_suggestions(shown))
            except Exception as error:
                message = SuggestionsFound(shown, (), to_engine_error(error))
            if self._wanted is None:
                self._post(message)


def find_suggestions(shown: ShownCut) -> tuple[Suggestion, ...]:
    """The suggestions for a cut, as `cwtui cut suggest` lists them."""
    from engine.timeline import suggest

    material = shown.material
    if not material.spoken:
        return ()
    return tuple(suggest(shown.cut, material.spoken, levels=material.coarse_levels, script=material.script))
