"""Attenuates breaths between words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME, Levels, VoiceLevels
from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.levelling import GainStage
from engine.sound.dialog.preset import Breaths
from engine.sound.dialog.stage import StageOutcome

# A breath is this many frames of 10 ms long, this far above the noise, and below the voice by at least the second.
_SHORTEST, _LONGEST = 10, 120
_ABOVE_FLOOR_DB = 6.0
_BELOW_VOICE_DB = 12.0
# A breath's sibilant band is at least this far below the whole, unlike that of s; and a breath is not periodic.
_HISSING_DB = -3.0
_PERIODIC = 0.45
_PERIODS = (RATE // 400, RATE // 70)
_FADE = 5


def breaths(
    table: Breaths, levels: Levels, voice: VoiceLevels, read: Callable[[int, int], Mono]
) -> tuple[GainStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome; `read` returns the samples from a start to a stop.

    After D. Ruinskiy, Y. Lavner: "An effective algorithm for automatic detection and exact demarcation of breath sounds
    in speech and song signals", IEEE Trans. ASLP 15(3), 2007: a noise of the length of a breath, between words, quieter
    than the voice and without a pitch.
    """
    if not voice.speaking.any():
        return None, StageOutcome("breaths", "skipped", "no speech")
    level = decibels(levels.power)
    hissing = decibels(levels.sibilants) - level > _HISSING_DB
    low, high = voice.floor_db + _ABOVE_FLOOR_DB, voice.level_db - _BELOW_VOICE_DB
    candidate = ~levels.held & ~hissing & (level > low) & (level < high)
    gains = np.zeros(len(level))
    count = 0
    for start, stop in np.flatnonzero(np.diff(np.concatenate([[False], candidate, [False]]).astype(np.int8))).reshape(
        -1, 2
    ):
        if not _SHORTEST <= stop - start <= _LONGEST or not _beside_pause(level, low, int(start), int(stop)):
            continue
        if _periodicity(read(int(start) * FRAME, int(stop) * FRAME)) > _PERIODIC:
            continue
        # Not below the noise, where a breath would leave a hole.
        above = level[start:stop].mean() - voice.floor_db
        gains[start:stop] = -min(table.most_db, max(above, 0.0))
        count += 1
    if not count:
        return None, StageOutcome("breaths", "skipped", "no breaths stand out", {"breaths": 0.0})
    window = np.hanning(_FADE + 2)[1:-1]
    smooth = np.convolve(gains, window / window.sum(), "same")[: len(gains)]
    measured = {"breaths": float(count), "most_db": round(float(-smooth.min()), 1)}
    why = f"{count} breath{'s' if count > 1 else ''} reduced by up to {measured['most_db']:g} dB"
    return GainStage(smooth), StageOutcome("breaths", "applied", why, measured)


def _beside_pause(level: NDArray[np.float64], low: float, start: int, stop: int) -> bool:
    """Whether a pause of 30 ms is on both sides, within 60 ms: a breath does not touch words as a fricative does."""
    sides = level[max(0, start - 6) : start], level[stop : stop + 6]
    return all(len(side) == 0 or np.count_nonzero(side <= low) >= min(3, len(side)) for side in sides)


def _periodicity(samples: Mono) -> float:
    """The median of the highest normalised autocorrelations at a voice's periods, over frames of 30 ms."""
    size = 3 * FRAME
    found = []
    for start in range(0, len(samples) - size + 1, size):
        frame = samples[start : start + size].astype(np.float64)
        frame -= frame.mean()
        lags = np.fft.irfft(np.abs(np.fft.rfft(frame, 2 * size)) ** 2)[:size]
        found.append(float(lags[_PERIODS[0] : _PERIODS[1]].max() / max(lags[0], 1e-20)))
    return float(np.median(found)) if found else 1.0
