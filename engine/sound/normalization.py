"""Loudness normalization: the gain and the limiting that bring a programme to its target, within bounds."""

from __future__ import annotations

import math

import numpy as np

from engine.sound.gain import Gain, GainLimit, HoldingBound, Target, static_gain
from engine.sound.limiter import Curve, most_gain, reduction_curve, work_of
from engine.sound.limiter_values import LimiterBounds, LimiterWork
from engine.sound.loudness import loudness_of
from engine.sound.loudness_values import Loudness
from engine.sound.meter import HOPS, Meter, gated, momentary_powers
from engine.sound.truepeak import FRAMES

# Under the ceiling: other meters' interpolation differs by hundredths of a decibel.
_MARGIN_DB = 0.05
# A result that is held by the ceiling may be this far under it: the difference is inaudible.
_CLOSE_DB = 0.08
# The prediction is exact to some hundredths of a LU, so the search for the gain may be as coarse.
_SOLVED_LU = 0.005
# A margin that grows each time eventually suffices.
_ATTEMPTS = 8
# From this attempt on, a result below a ceiling that another one has exceeded is close enough.
_CHASES = 4


class Normalization:
    """Finds the gain and the reduction for a programme, and corrects both by what the result measures.

    `meter` is a finished, detailed meter over the programme. The reduction for any gain follows from the peaks of its
    milliseconds, and the loudness from the powers of its hops, so no sample is read to find the gain: apply `gain_db`
    and `curve`, measure the result, call `correct`, and repeat while it returns True.

    Without a limiter (`bounds.most_db` 0) the gain alone keeps the peaks under the ceiling. Beyond the bounds the
    result stays quieter than its target.
    """

    def __init__(self, meter: Meter, target: Target, bounds: LimiterBounds, *, near_lu: float | None = None) -> None:
        """`near_lu` is the accepted distance to the target while more gain is possible; the tolerance by default."""
        self.before = loudness_of(meter)
        self._target, self._bounds = target, bounds
        self._near = target.tolerance_lu if near_lu is None else near_lu
        with np.errstate(divide="ignore"):
            self._peaks = np.maximum(20 * np.log10(meter.peak_frames().astype(np.float64)), -300.0)
        self._powers = meter.powers()
        self._silent = not math.isfinite(self.before.integrated_lufs)
        self._static = static_gain(self.before, target)
        self.attempts = 0
        self._margin, self._offset = _MARGIN_DB, 0.0
        # The last margins with which a result exceeded the ceiling, and stayed well below it.
        self._exceeded: float | None = None
        self._held: float | None = None
        self._reached = False
        self._plan()

    @property
    def gain_db(self) -> float:
        """The gain to apply before the reduction."""
        return self._gain

    @property
    def curve(self) -> Curve:
        """The reduction to apply after the gain."""
        return self._curve

    @property
    def work(self) -> LimiterWork:
        """The figures of the reduction."""
        return work_of(self._curve)

    @property
    def gain(self) -> Gain:
        """The gain and what determined it, after the last correction."""
        held_by: GainLimit = "silence"
        if not self._silent:
            held_by = "target" if self._reached else "limiter" if self._bounds.most_db else "ceiling"
        return Gain(db=self._gain, held_by=held_by, bound=self._bound if held_by == "limiter" else None)

    def curve_for(self, gain_db: float) -> Curve:
        """The reduction that a gain needs to keep the peaks below the ceiling."""
        return reduction_curve(self._peaks, gain_db + self._margin - self._target.true_peak_ceiling_dbtp)

    def correct(self, after: Loudness) -> bool:
        """Corrects gain and reduction by a measured result. False if it is final: accepted, or the last of 8 attempts.

        Lossy coding moves peaks by tenths of a decibel that do not follow the gain: the margin under the ceiling grows
        by what a result exceeds it, and a little more each time. A result that is held far below the ceiling gets less.
        """
        self.attempts += 1
        headroom = self._target.true_peak_ceiling_dbtp - after.true_peak_dbtp
        short = self._target.lufs - after.integrated_lufs
        self._reached = not self._silent and abs(short) <= self._target.tolerance_lu
        if self.attempts == _ATTEMPTS:
            return False
        if headroom < 0:
            self._exceeded = self._margin
            if self._held is None:
                self._margin += -headroom + 0.03 * 2.0 ** (self.attempts - 1)
            else:
                self._margin = (self._margin + self._held) / 2 if self.attempts < _CHASES else self._held
            self._plan()
            return True
        if not math.isfinite(short) or abs(short) <= self._near:
            return False
        if short > 0 and self._bounded:
            if headroom <= _CLOSE_DB or (self._exceeded is not None and self.attempts >= _CHASES):
                return False
            self._held = self._margin
            if self._exceeded is None:
                self._margin -= headroom - _MARGIN_DB
            else:
                self._margin = (self._margin + self._exceeded) / 2
        else:
            self._offset += short
        before = self._gain, self._margin
        self._plan()
        return (self._gain, self._margin) != before

    def _plan(self) -> None:
        """Sets the gain and the reduction for the present margin and offset."""
        room = self._target.true_peak_ceiling_dbtp - self._margin
        headroom = room - float(self._peaks.max(initial=-300.0))
        wanted = self._target.lufs + self._offset
        unlimited = self._static.db if self._silent else wanted - self.before.integrated_lufs
        self._gain, self._bounded = min(unlimited, headroom), unlimited > headroom
        self._bound: HoldingBound = "encoding"
        if self._bounded and self._bounds.most_db and not self._silent:
            # The highest peak is reduced most, by the gain above the headroom.
            most = headroom + self._bounds.most_db
            self._bounded = self._predict(most) < wanted - _SOLVED_LU
            gain = most if self._bounded else self._solve(wanted, headroom, most)
            self._gain = most_gain(self._peaks, headroom, gain, room, self._bounds.share)
            if self._gain < gain:
                self._bound = "time"
            elif self._bounded:
                self._bound = "reduction"
            self._bounded = self._bounded or self._gain < gain
        self._curve = self.curve_for(self._gain)

    def _solve(self, wanted: float, low: float, high: float) -> float:
        """The gain between two whose predicted loudness is `wanted`."""
        while high - low > _SOLVED_LU:
            middle = (low + high) / 2
            low, high = (middle, high) if self._predict(middle) < wanted else (low, middle)
        return (low + high) / 2

    def _predict(self, gain_db: float) -> float:
        """The integrated loudness with a gain and its reduction, in LUFS."""
        curve = self.curve_for(gain_db)
        if not curve.any():
            return gated(momentary_powers(self._powers) * 10 ** (gain_db / 10))
        size = FRAMES // HOPS
        frames = np.pad(curve, (0, max(0, size * len(self._powers) - len(curve))))[: size * len(self._powers)]
        gains = (10 ** (-frames / 10)).reshape(-1, size).mean(axis=1)
        return gated(momentary_powers(self._powers * gains) * 10 ** (gain_db / 10))
