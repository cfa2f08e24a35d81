"""The size of the prompter's text. Fonts of large type are loaded in a thread."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.workers.error_report import to_engine_error
from engine.errors import EngineError

if TYPE_CHECKING:
    from engine.text import LargeType

TYPE_ROWS = (1, 5, 7, 10, 14)
"""The sizes: the height of a line in rows. The first is the terminal's own type."""


class LargeTypeLoaded(Message):
    """The type of a size, or the error."""

    def __init__(self, size: int, large_type: LargeType | None, error: EngineError | None = None) -> None:
        super().__init__()
        self.size = size
        self.large_type = large_type
        self.error = error


class TypeSize:
    """The selected size, and its type once it has been loaded; `post` accepts messages from other threads."""

    def __init__(self, post: Callable[[Message], object]) -> None:
        self._post = post
        self._types: dict[int, LargeType] = {}
        self._letters: dict[int, frozenset[str]] = {}
        self._loading: set[int] = set()
        self.size = 0

    @property
    def large_type(self) -> LargeType | None:
        """The type of the selected size; None for the terminal's own, and until it is loaded."""
        return self._types.get(self.size)

    @property
    def loading(self) -> bool:
        """Whether a type is being loaded."""
        return bool(self._loading)

    def select(self, size: int, script: str) -> None:
        """Selects a size. Its type has fonts for the characters of a script; it is loaded again if there are more."""
        self.size = size
        unknown = size not in self._letters or not set(script) <= self._letters[size]
        if size and size not in self._loading and unknown:
            self._loading.add(size)
            self._letters[size] = frozenset(script)
            Thread(target=self._load, args=(size, script), name="large type", daemon=True).start()

    def loaded(self, event: LargeTypeLoaded) -> None:
        """Uses a type that has been loaded."""
        self._loading.discard(event.size)
        if event.large_type:
            self._types[event.size] = event.large_type
        else:
            # The next key loads it again.
            self._letters.pop(event.size, None)

    def _load(self, size: int, script: str) -> None:
        from engine.text import LargeType

        try:
            large_type = LargeType(TYPE_ROWS[size], script)
            # The words are measured here, so that wrapping them does not delay a key.
            for word in set(script.split()):
                large_type.width(word)
        except Exception as error:
            self._post(LargeTypeLoaded(size, None, to_engine_error(error)))
            return
        self._post(LargeTypeLoaded(size, large_type))
