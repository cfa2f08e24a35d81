"""The interface of Look that its parts use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from textual.message import Message

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.screens.look.subject import LookSubject
    from cwtui.console.workers.look_reader import ListedLook
    from engine.looks import Parameter


class LookEditor(Protocol):
    """A screen with a chosen look, its parameter under the cursor, and a take or clip."""

    @property
    def console_app(self) -> ConsoleApp:
        """The app."""
        ...

    @property
    def look(self) -> ListedLook | None:
        """The chosen look."""
        ...

    @property
    def parameter(self) -> Parameter | None:
        """The parameter under the cursor."""
        ...

    @property
    def subject(self) -> LookSubject:
        """The take or the clip, and the playhead."""
        ...

    @property
    def changes(self) -> Mapping[str, float]:
        """The changed parameters of the chosen look, by path."""
        ...

    def value_of(self, parameter: Parameter) -> float:
        """The value of a parameter as it is shown: changed, of keyframes, or of the look."""
        ...

    def set_value(self, path: str, value: float | None) -> None:
        """Changes a parameter of the chosen look; None resets it."""
        ...

    def post_message(self, message: Message) -> bool:
        """Posts a message to the screen."""
        ...
