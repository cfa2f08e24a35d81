"""What is done once the director rests: keys come faster than frames can be made."""

from __future__ import annotations

from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

# A picture is asked for when keys have rested this long.
PICTURE_S = 0.03
# What is typed is looked at, and kept, when typing has rested this long.
TYPING_S = 0.12


class Rest:
    """Does a thing once nobody has asked for it for so many seconds; asked again before, it waits anew."""

    def __init__(self, of: MessagePump, seconds: float, do: Callable[[], None]) -> None:
        self._of, self._seconds, self._do = of, seconds, do
        self._timer: Timer | None = None

    @property
    def over(self) -> bool:
        """Whether nothing is still to be done."""
        return self._timer is None

    def ask(self) -> None:
        """Soon."""
        self.forget()
        self._timer = self._of.set_timer(self._seconds, self._now)

    def forget(self) -> None:
        """Not at all."""
        if self._timer:
            self._timer.stop()
            self._timer = None

    def _now(self) -> None:
        self._timer = None
        self._do()
