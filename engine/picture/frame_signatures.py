"""A few figures of each frame, by which the frames of a finished movie are compared with those that were rendered."""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

GRID = 8
"""Cells of a signature across and down."""
CELLS = GRID * GRID
_VALUES = CELLS + 4

# Samples across and down that are measured; more do not tell frames apart any better.
_SAMPLES = 128
# The ends of limited range, and how many codes inside of them a sample is still near an end, in 8-bit codes.
_BLACK, _WHITE, _NEAR = 16.0, 235.0, 3.0
# Values are stored in steps of 1/256 of an 8-bit code.
_STEPS = 256


@dataclass(frozen=True, slots=True, eq=False)
class FrameSignatures:
    """The signatures of consecutive frames, float32, NaN for frames that were not measured.

    `cells` (frames, 64) is the mean luma of an 8×8 grid in 8-bit codes; `ends` (frames, 4) the shares of samples at or
    beyond the black and the white end of limited range, then near them or beyond. `times` float64 (frames,) is in
    seconds.
    """

    cells: NDArray[np.float32]
    ends: NDArray[np.float32]
    times: NDArray[np.float64]

    @property
    def count(self) -> int:
        """The number of frames."""
        return len(self.cells)


def signature(luma: NDArray[Any], bit_depth: int) -> NDArray[np.float32]:
    """The signature of a frame's luma (rows, columns) in limited range: the cells, then the ends, float32 (68,)."""
    rows, columns = (_places(size) for size in luma.shape)
    few = luma[np.ix_(rows, columns)].astype(np.float32)
    few *= np.float32(2.0 ** (8 - bit_depth))
    found = np.empty(_VALUES, np.float32)
    for part, low in ((found[:2], 0.0), (found[2:4], _NEAR)):
        part[:] = np.count_nonzero(few <= _BLACK + low), np.count_nonzero(few >= _WHITE - low)
    found[:4] /= few.size
    ends = found[:4].copy()
    found[:CELLS] = _cell_means(few)
    found[CELLS:] = ends
    return found


def _places(size: int) -> NDArray[np.intp]:
    """The measured rows or columns: the middles of equal parts, or all if there are few."""
    return np.arange(size) if size <= _SAMPLES else (2 * np.arange(_SAMPLES) + 1) * size // (2 * _SAMPLES)


def _cell_means(few: NDArray[np.float32]) -> NDArray[np.float32]:
    height, width = few.shape
    down, across = (np.arange(GRID) * size // GRID for size in (height, width))
    if height < GRID or width < GRID:
        return np.full(CELLS, few.mean(), np.float32)
    sums = np.add.reduceat(np.add.reduceat(few, down, axis=0), across, axis=1)
    counts = np.outer(np.diff([*down, height]), np.diff([*across, width]))
    return np.asarray(sums / counts, np.float32).ravel()


def signature_of_frame(frame: VideoFrame) -> NDArray[np.float32]:
    """The signature of a decoded frame of a deliverable: planar YUV of 8 to 16 bits in limited range."""
    return signature(luma_of(frame), frame.format.components[0].bits)


def luma_of(frame: VideoFrame) -> NDArray[Any]:
    """The luma (rows, columns) of a frame, as its decoder stored it: a view that is valid as long as the frame."""
    plane = frame.planes[0]
    kind = np.uint8 if frame.format.components[0].bits <= 8 else np.uint16
    return np.frombuffer(plane, kind).reshape(plane.height, -1)[:, : frame.width]  # type: ignore[call-overload, no-any-return]


@dataclass(slots=True)
class SignatureRecorder:
    """Collects signatures in steps of 1/256 of a code."""

    _found: list[NDArray[np.uint16]] = field(default_factory=list)

    def add(self, values: NDArray[np.float32]) -> None:
        """Adds the signature of the next frame."""
        steps = values * _STEPS
        # Shares have a resolution of their own.
        steps[CELLS:] = values[CELLS:] * 65_535
        self._found.append(np.clip(np.rint(steps), 0, 65_535).astype(np.uint16))

    def text(self) -> str:
        """All signatures as text, for a JSON file."""
        rows = self._rows()
        # Neighbours differ little: their differences are short.
        changes = np.diff(rows, axis=0, prepend=np.zeros((1, _VALUES), np.uint16))
        return b64encode(zlib.compress(changes.tobytes())).decode()

    def _rows(self) -> NDArray[np.uint16]:
        return np.array(self._found, np.uint16).reshape(-1, _VALUES)

    def table(self) -> NDArray[np.float32]:
        """All signatures, float32 (frames, 68)."""
        return _values(self._rows())


def signatures_from(text: str) -> NDArray[np.float32]:
    """The signatures in a text of `SignatureRecorder`, float32 (frames, 68)."""
    changes = np.frombuffer(zlib.decompress(b64decode(text)), np.uint16) if text else np.zeros(0, np.uint16)
    return _values(np.cumsum(changes.reshape(-1, _VALUES), axis=0, dtype=np.uint16))


def _values(rows: NDArray[np.uint16]) -> NDArray[np.float32]:
    table = rows.astype(np.float32)
    table[:, :CELLS] /= _STEPS
    table[:, CELLS:] /= 65_535
    return table


def assembled_signatures(
    parts: Iterable[tuple[int, NDArray[np.float32]]], times: NDArray[np.float64]
) -> FrameSignatures:
    """The signatures of a movie from tables and the number of their first frame; `times` (seconds) has all frames."""
    table = np.full((len(times), _VALUES), np.nan, np.float32)
    for first, part in parts:
        kept = part[: max(0, len(times) - first)]
        table[first : first + len(kept)] = kept
    return FrameSignatures(table[:, :CELLS], table[:, CELLS:], times)
