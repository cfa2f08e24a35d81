"""Scratch files for samples between passes, with random access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.sound.dialog.filters import RATE, Mono


class Scratch:
    """A file of mono float32 samples; 192 kB per second at 48 kHz."""

    def __init__(self, path: Path, blocks: Iterable[Mono]) -> None:
        """Writes the blocks to `path`; raises EngineError if that fails."""
        self.path = path
        self.samples = 0
        try:
            with path.open("wb") as file:
                for block in blocks:
                    file.write(np.ascontiguousarray(block, np.float32).data)
                    self.samples += len(block)
        except OSError as error:
            raise EngineError(
                f"Temporary sound could not be written to {path.parent.parent} ({error.strerror}).",
                "Free disk space: each stored pass takes 700 MB per hour of sound.",
            ) from error

    def blocks(self) -> Iterator[Mono]:
        """The samples in blocks of up to `RATE` samples."""
        with self.path.open("rb") as file:
            while data := file.read(RATE * 4):
                yield np.frombuffer(data, np.float32)

    def read(self, start: int, stop: int) -> Mono:
        """The samples from `start` to `stop`; silence outside the recording."""
        first, last = max(0, start), max(0, min(stop, self.samples))
        with self.path.open("rb") as file:
            file.seek(first * 4)
            found = np.frombuffer(file.read(max(0, last - first) * 4), np.float32)
        return np.pad(found, (first - start, stop - max(last, first))) if len(found) < stop - start else found
