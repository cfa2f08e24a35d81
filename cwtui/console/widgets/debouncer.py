"""What is done once the director rests: keys come faster than frames can be made."""

from __future__ import annotations

from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

# A picture is asked for when keys have rested this long.
PICTURE_DELAY_S = 0.03
# What is typed is looked at, and kept, when typing has rested this long.
TYPING_DELAY_S = 0.12


class Debouncer:
    """Does a thing once nobody has asked for it for so many seconds; asked again before, it waits anew."""

    def __init__(self, of: MessagePump, seconds: float, do: Callable[[], None]) -> None:
        self._owner, self._seconds, self._callback = of, seconds, do
        self._timer: Timer | None = None

    @property
    def idle(self) -> bool:
        """Whether nothing is still to be done."""
        return self._timer is None

    def trigger(self) -> None:
        """Soon."""
        self.cancel()
        self._timer = self._owner.set_timer(self._seconds, self._fire)

    def cancel(self) -> None:
        """Not at all."""
        if self._timer:
            self._timer.stop()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._callback()
