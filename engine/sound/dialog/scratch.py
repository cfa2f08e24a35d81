"""Samples on the disk between one pass and the next, read at any place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.sound.dialog.filters import RATE, Mono


class Scratch:
    """A file of mono float32 samples: 192 kB a second."""

    def __init__(self, path: Path, blocks: Iterable[Mono]) -> None:
        """EngineError where the disk has no room."""
        self.path = path
        self.samples = 0
        try:
            with path.open("wb") as file:
                for block in blocks:
                    file.write(np.ascontiguousarray(block, np.float32).data)
                    self.samples += len(block)
        except OSError as error:
            raise EngineError(
                f"The sound that is being worked on could not be written to {path.parent.parent} ({error.strerror}).",
                "Make room: an hour takes 700 MB for each pass that is kept.",
            ) from error

    def blocks(self) -> Iterator[Mono]:
        """A second at a time."""
        with self.path.open("rb") as file:
            while data := file.read(RATE * 4):
                yield np.frombuffer(data, np.float32)

    def read(self, start: int, stop: int) -> Mono:
        """The samples from one place to another; silence before the first and after the last."""
        first, last = max(0, start), max(0, min(stop, self.samples))
        with self.path.open("rb") as file:
            file.seek(first * 4)
            found = np.frombuffer(file.read(max(0, last - first) * 4), np.float32)
        return np.pad(found, (first - start, stop - max(last, first))) if len(found) < stop - start else found
