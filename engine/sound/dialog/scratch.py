"""Scratch files for samples between passes, with random access."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.sound.dialog.filters import RATE, Mono


class Scratch:
    """A file of float32 samples: (samples,), or (samples, channels) with more channels; 192 kB per second of each."""

    def __init__(self, path: Path, blocks: Iterable[Mono], channels: int = 1) -> None:
        """Writes the blocks to `path`; raises EngineError if that fails."""
        self.path, self.channels = path, channels
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

    @classmethod
    def existing(cls, path: Path) -> Scratch:
        """The mono samples of a file that was written before."""
        found = cls.__new__(cls)
        found.path, found.channels = path, 1
        found.samples = path.stat().st_size // 4
        return found

    def blocks(self) -> Iterator[Mono]:
        """The samples in blocks of up to `RATE` samples."""
        with self.path.open("rb") as file:
            while data := file.read(RATE * 4 * self.channels):
                yield self._shaped(data)

    def read(self, start: int, stop: int) -> Mono:
        """The samples from `start` to `stop`; silence outside the recording."""
        first, last = max(0, start), max(0, min(stop, self.samples))
        with self.path.open("rb") as file:
            file.seek(first * 4 * self.channels)
            found = self._shaped(file.read(max(0, last - first) * 4 * self.channels))
        if len(found) >= stop - start:
            return found
        silence = ((first - start, stop - max(last, first)), *((0, 0),) * (found.ndim - 1))
        return np.pad(found, silence)

    def _shaped(self, data: bytes) -> Mono:
        samples = np.frombuffer(data, np.float32)
        return samples if self.channels == 1 else samples.reshape(-1, self.channels)
