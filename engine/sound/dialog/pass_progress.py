"""The progress of the passes through a recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from engine.errors import Cancelled
from engine.sound.dialog.filters import RATE, Mono

Progress = Callable[[float], None]
"""Called with the share done, 0 to 1."""


class PassProgress:
    """Reports progress over the passes through the recording; expensive passes have a larger share."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress, self.cancelled = progress, cancelled
        self._begin = 0.0
        self.expected = RATE

    def over(self, blocks: Iterator[Mono], until: float) -> Iterator[Mono]:
        """Yields the blocks; progress advances to `until`."""
        done, begin = 0, self._begin
        until = max(until, begin)
        for block in blocks:
            self.check_cancelled()
            yield block
            done += len(block)
            if self._progress:
                self._progress(begin + (until - begin) * min(1.0, done / self.expected))
        self._begin = until

    def done(self) -> None:
        """Reports that all passes are complete."""
        if self._progress:
            self._progress(1.0)

    def check_cancelled(self) -> None:
        """Raises Cancelled if cancellation was requested."""
        if self.cancelled and self.cancelled():
            raise Cancelled("Cleaning was cancelled.", "Clean again; no partial file was written.")
