"""Click repair: outliers of about a millisecond are interpolated from their surroundings."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.preset import Clicks
from engine.sound.dialog.stage import StageOutcome

_CELL = RATE // 400
_LONGEST = RATE // 800
_GUARD = 6
_ORDER = 32
_CONTEXT = 20 * _ORDER
# Overlap of blocks, so that no click is split.
_MARGIN = 4 * _CONTEXT


class ClickStage:
    """Interpolates the clicks from `find_clicks`; the output is delayed by `_MARGIN` samples."""

    def __init__(self, table: Clicks) -> None:
        self._table = table
        self._held = np.zeros(0, np.float32)
        self._lead = 0
        self.count = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        self._held = np.concatenate([self._held, block])
        ready = len(self._held) - _MARGIN
        return self._repaired(ready) if ready > self._lead else block[:0]

    def finish(self) -> Mono:
        """The remaining samples."""
        return self._repaired(len(self._held))

    def _repaired(self, end: int) -> Mono:
        """The repaired samples from `_lead`, the first one not yet returned, up to `end`."""
        for start, stop in find_clicks(self._held, self._table.times):
            if self._lead <= start < end:
                self._held[start:stop] = redrawn(self._held, start, stop)
                self.count += 1
        made = self._held[self._lead : end].copy()
        # Cells keep their positions regardless of block sizes.
        kept = max(0, end - _MARGIN) // _CELL * _CELL
        self._lead = end - kept
        self._held = self._held[kept:]
        return made


def clicks(table: Clicks, blocks: Iterable[Mono]) -> tuple[ClickStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome."""
    count = samples = 0
    for block in blocks:
        count += len(find_clicks(block, table.times))
        samples += len(block)
    rate = count * RATE / max(samples, 1)
    measured = {"clicks": float(count)}
    if not count:
        return None, StageOutcome("clicks", "skipped", "no clicks", measured)
    if rate > table.most:
        return None, StageOutcome(
            "clicks", "skipped", f"{rate:.0f} per second: part of the sound, not clicks", measured
        )
    return ClickStage(table), StageOutcome(
        "clicks", "applied", f"{count} click{'s' if count > 1 else ''} repaired", measured
    )


def find_clicks(samples: Mono, times: float) -> list[tuple[int, int]]:
    """(start, stop) of short outliers of the second difference.

    An outlier exceeds `times` the median of each 2.5 ms cell within 10 ms of it and lasts at most 1.25 ms. Consonants
    and voice pulses have similar values around them, so they do not count.
    """
    cells = len(samples) // _CELL
    if cells < 9:
        return []
    rough = np.pad(np.abs(np.diff(samples.astype(np.float64), 2)), (1, 1))
    medians = np.median(rough[: cells * _CELL].reshape(cells, _CELL), axis=1)
    around = np.pad(medians, 4, "edge")
    loudest = np.max([around[shift : shift + cells] for shift in range(9)], axis=0)
    limit = np.repeat(times * np.maximum(loudest, 1e-5), _CELL)
    beyond = np.flatnonzero(rough[: len(limit)] > limit)
    if not len(beyond):
        return []
    groups = np.split(beyond, np.flatnonzero(np.diff(beyond) > 2 * _GUARD) + 1)
    spans = [(max(0, int(group[0]) - _GUARD), min(len(samples), int(group[-1]) + _GUARD)) for group in groups]
    return [(start, stop) for start, stop in spans if stop - start <= _LONGEST]


def redrawn(samples: Mono, start: int, stop: int) -> NDArray[np.float32]:
    """Interpolates between `start` and `stop` with an autoregressive model of the surroundings (least squares).

    A. Janssen, R. Veldhuis, L. Vries: "Adaptive interpolation of discrete-time signals that can be modeled as
    autoregressive processes", IEEE Trans. ASSP 34(2), 1986; one iteration.
    """
    from scipy.linalg import solve, solve_toeplitz

    begin, end = max(0, start - _CONTEXT), min(len(samples), stop + _CONTEXT)
    around = samples[begin:end].astype(np.float64)
    gap = slice(start - begin, stop - begin)
    known = around.copy()
    known[gap] = np.interp(np.arange(gap.start, gap.stop), [gap.start - 1, gap.stop], _beside(around, gap))
    lags = np.correlate(known, known, "full")[len(known) - 1 :][: _ORDER + 1]
    lags[0] = lags[0] * (1 + 1e-6) + 1e-12
    model = np.concatenate([[1.0], -solve_toeplitz(lags[:_ORDER], lags[1 : _ORDER + 1])])
    rows = len(known) - _ORDER
    taps = np.zeros((rows, len(known)))
    for lag, value in enumerate(model):
        taps[np.arange(rows), np.arange(rows) + _ORDER - lag] = value
    unknown = taps[:, gap]
    known[gap] = 0
    filled = solve(unknown.T @ unknown + 1e-9 * np.eye(stop - start), -unknown.T @ (taps @ known), assume_a="pos")
    return np.asarray(filled, np.float32)


def _beside(around: NDArray[np.float64], gap: slice) -> list[float]:
    before = around[gap.start - 1] if gap.start else 0.0
    after = around[gap.stop] if gap.stop < len(around) else 0.0
    return [float(before), float(after)]
