"""Planes in scratch files, for pictures that do not fit in memory together."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from engine.errors import EngineError
from engine.science.plane import PixelWindow, Samples

_BYTES = 4


@dataclass(frozen=True, slots=True, eq=False)
class ScratchPlane:
    """A plane of float32 samples in a file, by rows. Rows that were never written read as 0.

    It is no memory map: pages of a map count as memory of the process.
    """

    path: Path
    shape: tuple[int, int]

    def __post_init__(self) -> None:  # noqa: D105
        rows, columns = self.shape
        with self._writable(), self.path.open("wb") as file:
            file.truncate(rows * columns * _BYTES)

    def write(self, top: int, samples: Samples) -> None:
        """Write whole rows from `top`. Raises EngineError if the disk is full."""
        with self._writable(), self.path.open("r+b") as file:
            file.seek(top * self.shape[1] * _BYTES)
            np.ascontiguousarray(samples, np.float32).tofile(file)

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default."""
        rows, columns = self.shape
        window = window or PixelWindow(0, rows, 0, columns)
        offset = window.top * columns * _BYTES
        count = (window.bottom - window.top) * columns
        whole = np.fromfile(self.path, np.float32, count=count, offset=offset).reshape(-1, columns)
        return np.ascontiguousarray(whole[:, window.left : window.right])

    def _writable(self) -> _WriteErrors:
        return _WriteErrors(self.path)


@dataclass(frozen=True, slots=True)
class _WriteErrors:
    """Turns errors of the disk into an EngineError."""

    path: Path

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, problem: BaseException | None, trace: object) -> None:
        if isinstance(problem, OSError):
            raise EngineError(
                f"{self.path} cannot be written: {problem.strerror or problem}", "Free space on this disk."
            ) from problem
