"""The app's connection to its terminal: link measurement, mouse capture and raw sequences."""

from __future__ import annotations

from collections.abc import Callable

from textual import events, on
from textual.app import App

from cwtui.console.terminal.key_queue import KeyQueue
from cwtui.console.terminal.link_quality import LinkQuality
from cwtui.console.terminal.textual_patches import (
    cache_stylesheets,
    decode_invalid_input,
    keep_replies_together,
    keep_scrollbars_in_place,
    set_mouse_capture,
)

_PROBE_INTERVAL_S = 10.0


class TerminalApp(App[None]):
    """An app that measures its link. `clock` returns seconds; `round_trip` is the first measurement, if any."""

    def __init__(self, clock: Callable[[], float], round_trip: float | None) -> None:
        decode_invalid_input()
        keep_replies_together()
        cache_stylesheets()
        keep_scrollbars_in_place()
        super().__init__()
        # Each animation step would send a frame of its own.
        self.animation_level = "none"
        self.clock = clock
        self.link = LinkQuality.of_this_process()
        self.link.round_trip = round_trip
        self._probe: tuple[float, int] | None = None
        self._key_queue = KeyQueue(self)

    async def on_event(self, event: events.Event) -> None:
        """Dispatch keys and pastes one at a time, in the order in which the terminal sent them."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded and not self._key_queue.admit(event):
            return
        await super().on_event(event)

    def write_to_terminal(self, sequence: str) -> None:
        """Write an escape sequence to the terminal, past Textual's compositor."""
        if self._driver and not self.is_headless:
            self._driver.write(sequence)

    def probe_link(self, count: int) -> None:
        """Query the cursor position; the answer's delay measures the link after `count` bytes."""
        now = self.clock()
        if self._probe is None or now - self._probe[0] > _PROBE_INTERVAL_S:
            self._probe = (now, count)
            self.write_to_terminal("\x1b[6n")

    def start_probing(self) -> None:
        """Probe the link at intervals, whether images are sent or not."""
        self.set_interval(_PROBE_INTERVAL_S, lambda: self.probe_link(0))

    @on(events.CursorPosition)
    def _probe_answered(self) -> None:
        if self._probe:
            asked, count = self._probe
            self._probe = None
            self.link.record(self.clock() - asked, count)

    def set_mouse_capture(self, ours: bool) -> None:
        """Capture the mouse for the console, or release it to the terminal."""
        if self._driver and not self.is_headless:
            set_mouse_capture(self._driver, ours)
