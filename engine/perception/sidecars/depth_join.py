"""Fits the relative depth of a run to that of the run before, so that the whole take shares a scale and a shift."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.perception.products import DepthMap
from engine.perception.sidecars.codec import decode_depth
from engine.perception.sidecars.index import PerceptionIndex, segment_path
from engine.perception.sidecars.segment import read_frame

# Frames before the run that are compared, and the distance of the compared pixels.
_COMPARED, _STRIDE = 6, 4
# Rounds of the fit, each without the pixels whose error is more than twice the median error.
_ROUNDS = 3


class DepthJoin:
    """Compares the frames before the tick `start` with the stored ones, then fits all frames from there on.

    Metric depth, and the first run of a take, are not changed.
    """

    def __init__(self, folder: Path, index: PerceptionIndex, start: int) -> None:
        self._folder, self._index, self._start = folder, index, start
        self._pairs: list[NDArray[np.float64]] = []
        self._fit: tuple[float, float] | None = None

    def fitted(self, number: int, depth: DepthMap) -> DepthMap:
        """The depth of a frame, with the scale and the shift of the run before."""
        if depth.unit == "metric" or self._start == self._index.first:
            return depth
        if number < self._start:
            if number >= self._start - _COMPARED:
                self._compare(number, depth)
            return depth
        if self._fit is None:
            self._fit = scale_and_shift(np.concatenate(self._pairs, axis=1)) if self._pairs else (1.0, 0.0)
        scale, shift = self._fit
        return DepthMap(np.clip(depth.values * np.float32(scale) + np.float32(shift), 0, 1), depth.unit)

    def _compare(self, number: int, depth: DepthMap) -> None:
        path = segment_path(self._folder, "depth_map", self._index.segment_start(number))
        with np.load(path, allow_pickle=False) as archive:
            stored = decode_depth(read_frame(archive, number)).values
        new, old = (values[::_STRIDE, ::_STRIDE].ravel() for values in (depth.values, stored))
        known = np.isfinite(new) & np.isfinite(old)
        self._pairs.append(np.stack([new[known], old[known]]).astype(np.float64))


def scale_and_shift(pairs: NDArray[np.float64]) -> tuple[float, float]:
    """The scale and shift from the first row to the second one, (2, n); outliers do not count.

    It is (1, 0) if the first row is constant, or if the fit would invert the depth.
    """
    kept: NDArray[Any] = np.ones(pairs.shape[1], bool)
    scale, shift = 1.0, 0.0
    for _ in range(_ROUNDS):
        new, old = pairs[:, kept]
        spread = float(new.var()) if new.size else 0.0
        if spread < 1e-12:
            return 1.0, 0.0
        scale = float(((new - new.mean()) * (old - old.mean())).mean()) / spread
        shift = float(old.mean() - scale * new.mean())
        if scale <= 0:
            return 1.0, 0.0
        error = np.abs(scale * pairs[0] + shift - pairs[1])
        kept = error <= 2 * float(np.median(error)) + 1e-9
    return scale, shift
