"""Runs a callback when input pauses: keys arrive faster than frames can be made."""

from __future__ import annotations

from collections.abc import Callable

from textual.message_pump import MessagePump
from textual.timer import Timer

# Frames are requested after a pause of this length.
PICTURE_DELAY_S = 0.03
# Typed text is validated and saved after a pause of this length.
TYPING_DELAY_S = 0.12


class Debouncer:
    """Runs a callback after the last trigger; `seconds` returns the delay, or is it."""

    def __init__(self, of: MessagePump, seconds: float | Callable[[], float], do: Callable[[], None]) -> None:
        self._owner, self._seconds, self._callback = of, seconds, do
        self._timer: Timer | None = None

    @property
    def idle(self) -> bool:
        """Whether no callback is pending."""
        return self._timer is None

    def trigger(self) -> None:
        """Starts the delay again."""
        self.cancel()
        seconds = self._seconds if isinstance(self._seconds, float) else self._seconds()
        self._timer = self._owner.set_timer(seconds, self._fire)

    def cancel(self) -> None:
        """Drops a pending callback."""
        if self._timer:
            self._timer.stop()
            self._timer = None

    def _fire(self) -> None:
        self._timer = None
        self._callback()
