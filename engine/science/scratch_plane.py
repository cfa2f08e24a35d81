"""Rows of samples in scratch files, for pictures that do not fit in memory."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.science.plane import PixelWindow, Samples


@dataclass(frozen=True, slots=True, eq=False)
class ScratchRows:
    """Rows in a file: `shape` is that of the whole, rows first. Rows that were never written read as 0.

    It is no memory map: pages of a map count as memory of the process.
    """

    path: Path
    shape: tuple[int, ...]
    dtype: np.dtype[Any]

    def __post_init__(self) -> None:  # noqa: D105
        with self._writable(), self.path.open("wb") as file:
            file.truncate(self.shape[0] * self._row_bytes)

    def write(self, top: int, samples: NDArray[Any]) -> None:
        """Write whole rows from `top`. Raises EngineError if the disk is full."""
        with self._writable(), self.path.open("r+b") as file:
            file.seek(top * self._row_bytes)
            np.ascontiguousarray(samples, self.dtype).tofile(file)

    def read(self, top: int, bottom: int) -> NDArray[Any]:
        """The rows from `top` to before `bottom`."""
        count = (bottom - top) * self._row_samples
        found = np.fromfile(self.path, self.dtype, count=count, offset=top * self._row_bytes)
        return found.reshape(bottom - top, *self.shape[1:])

    @property
    def _row_samples(self) -> int:
        return int(np.prod(self.shape[1:], dtype=int))

    @property
    def _row_bytes(self) -> int:
        return self._row_samples * self.dtype.itemsize

    def _writable(self) -> _WriteErrors:
        return _WriteErrors(self.path)


class ScratchPlane:
    """A plane of float32 samples in a file."""

    def __init__(self, path: Path, shape: tuple[int, int]) -> None:
        self.shape = shape
        self._rows = ScratchRows(path, shape, np.dtype(np.float32))

    def write(self, top: int, samples: Samples) -> None:
        """Write whole rows from `top`. Raises EngineError if the disk is full."""
        self._rows.write(top, samples)

    def read(self, window: PixelWindow | None = None) -> Samples:
        """The samples of a window, all of them by default."""
        rows, columns = self.shape
        window = window or PixelWindow(0, rows, 0, columns)
        whole: Samples = self._rows.read(window.top, window.bottom)
        return np.ascontiguousarray(whole[:, window.left : window.right])


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
