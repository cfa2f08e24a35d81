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
        # Of the present pass: its share, that of the work beside it, and how much of both is done, 0 to 1.
        self._shares, self._parts = (0.0, 0.0), (0.0, 0.0)
        self.expected = RATE

    def over(self, blocks: Iterator[Mono], until: float, beside: float = 0.0) -> Iterator[Mono]:
        """Yields the blocks; progress advances to `until`.

        `beside` is the share of work that is done during the pass and may last longer: see `advance_beside`.
        """
        done, until = 0, max(until, self._begin + sum(self._shares))
        self._begin += sum(self._shares)
        beside = min(beside, until - self._begin)
        self._shares, self._parts = (until - self._begin - beside, beside), (0.0, 0.0)
        for block in blocks:
            self.check_cancelled()
            yield block
            done += len(block)
            self._advance(min(1.0, done / self.expected), self._parts[1])
        self._parts = 1.0, self._parts[1]

    def advance_beside(self, part: float) -> None:
        """Reports how much of the work beside the present pass is done, 0 to 1."""
        self._advance(self._parts[0], part)

    def _advance(self, passed: float, beside: float) -> None:
        self._parts = passed, beside
        if self._progress:
            self._progress(self._begin + self._shares[0] * passed + self._shares[1] * beside)

    def done(self) -> None:
        """Reports that all passes are complete."""
        if self._progress:
            self._progress(1.0)

    def check_cancelled(self) -> None:
        """Raises Cancelled if cancellation was requested."""
        if self.cancelled and self.cancelled():
            raise Cancelled("Cleaning was cancelled.", "Clean again; no partial file was written.")
