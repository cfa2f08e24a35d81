"""Tone correction: brings a boomy, dull or sharp voice closer to the average spectrum of speech."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME
from engine.sound.dialog.filters import RATE, LinearPhase, Mono, decibels
from engine.sound.dialog.preset import Tone
from engine.sound.dialog.stage import StageOutcome

_WINDOW = 4096
_MOST_WINDOWS = 600
_TAPS = 2047
_ABSENT_DB = 20.0
_LEAST_ABOVE_NOISE_DB = 25.0

# Levels in dB, relative to speech as a whole, of bands two thirds of an octave wide around these frequencies: the
# average of twelve languages and both sexes. D. Byrne et al., "An international comparison of long-term average speech
# spectra", JASA 96(4), 1994.
_BANDS = {160: -4.5, 250: -2.0, 400: -0.5, 630: -1.5, 1000: -8.0, 1600: -11.0, 2500: -13.5, 4000: -15.5, 6300: -17.0}


def tone(
    table: Tone, speaking: NDArray[np.bool_], read: Callable[[int, int], Mono], above_noise_db: float = math.inf
) -> tuple[LinearPhase | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome; `read` returns the samples from a start to a stop.

    `above_noise_db` is the level of the speech above the recording's noise. Removing strong noise also removes parts
    of the voice, so the rest does not show its tone.
    """
    if above_noise_db < _LEAST_ABOVE_NOISE_DB:
        return None, StageOutcome("tone", "skipped", f"speech is only {above_noise_db:.0f} dB above the noise")
    frames = -(-_WINDOW // FRAME)
    spoken = (
        np.convolve(speaking, np.ones(frames), "valid") >= frames * 0.8 if len(speaking) >= frames else speaking[:0]
    )
    starts = np.flatnonzero(spoken)
    if len(starts) < 20:
        return None, StageOutcome("tone", "skipped", "too little speech")
    power = np.zeros(_WINDOW // 2 + 1)
    window = np.hanning(_WINDOW)
    for start in starts[:: max(1, len(starts) // _MOST_WINDOWS)]:
        power += np.abs(np.fft.rfft(read(int(start) * FRAME, int(start) * FRAME + _WINDOW) * window)) ** 2
    hertz = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    centres = np.array(list(_BANDS), np.float64)
    found = np.array([decibels(power[(hertz >= c / 2 ** (1 / 3)) & (hertz < c * 2 ** (1 / 3))].sum()) for c in centres])
    off = np.array(list(_BANDS.values())) - found
    off -= np.median(off)
    wanted = np.sign(off) * np.clip((np.abs(off) - table.within_db) / 2, 0, table.most_db)
    # Do not amplify bands that were not recorded, as on a telephone: they contain only noise.
    wanted[off > _ABSENT_DB] = 0
    measured = {f"{int(c)}_hz_db": round(float(value), 1) for c, value in zip(centres, -off, strict=True)}
    if np.abs(wanted).max() < 0.5:
        return None, StageOutcome("tone", "skipped", "close to average speech", measured)
    changed = ", ".join(f"{c:g} Hz {g:+.1f} dB" for c, g in zip(centres, wanted, strict=True) if abs(g) >= 0.5)
    return LinearPhase(_filter(centres, wanted)), StageOutcome("tone", "applied", changed, measured)


def _filter(centres: NDArray[np.float64], gains_db: NDArray[np.float64]) -> NDArray[np.float64]:
    """FIR taps for the gains at the centres, interpolated over log frequency and constant beyond the ends."""
    from scipy.signal import firwin2

    hertz = np.geomspace(20, RATE / 2, 200)
    gains = 10 ** (np.interp(np.log(hertz), np.log(centres), gains_db) / 20)
    made: NDArray[np.float64] = firwin2(_TAPS, [0, *hertz], [gains[0], *gains], fs=RATE)
    return made
