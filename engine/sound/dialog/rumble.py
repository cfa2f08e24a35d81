"""Removes rumble below the voice and reduces gusts of wind."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import FRAME, Levels, VoiceLevels
from engine.sound.dialog.filters import RATE, Mono, Split, decibels, high_pass
from engine.sound.dialog.preset import Rumble
from engine.sound.dialog.stage import StageOutcome

# A gust is this much above the voice's own low-frequency level.
_GUST_DB = 8.0
_HANN = 31


class RumbleStage:
    """A high-pass filter, preceded by a gain per frame on the band below the wind frequency."""

    def __init__(self, table: Rumble, gusts: NDArray[np.float64] | None) -> None:
        self._high = high_pass(table.cutoff_hz)
        self._split = Split(table.wind_hz, 4095) if gusts is not None else None
        self._gains = gusts
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        if self._split:
            block = self._calmed(*self._split.process(block))
        return self._high.process(block)

    def finish(self) -> Mono:
        """The remaining samples."""
        last = self._calmed(*self._split.finish()) if self._split else np.zeros(0, np.float32)
        return np.concatenate([self._high.process(last), self._high.finish()])

    def _calmed(self, low: Mono, rest: Mono) -> Mono:
        assert self._gains is not None
        gains = per_sample(self._gains, self._at, len(low))
        self._at += len(low)
        return np.asarray(low * gains + rest, np.float32)


def rumble(table: Rumble, levels: Levels, voice: VoiceLevels) -> tuple[RumbleStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome."""
    if not voice.speaking.any():
        return None, StageOutcome("rumble", "skipped", "no speech")
    below = float(decibels(levels.low[~levels.held].mean()) - voice.level_db)
    gains = _gusts(table, levels, voice)
    deepest = float(gains.min()) if len(gains) else 0.0
    windy = deepest < -1.0
    measured = {"below_db": round(below, 1), "wind_db": round(-deepest, 1)}
    if below < table.rest_db and not windy:
        return None, StageOutcome("rumble", "skipped", f"rumble is {-below:.0f} dB below the voice", measured)
    why = f"rumble is {-below:.0f} dB below the voice"
    if windy:
        why += f"; wind reduced by up to {-deepest:.0f} dB"
    return RumbleStage(table, 10 ** (gains / 20) if windy else None), StageOutcome("rumble", "applied", why, measured)


def _gusts(table: Rumble, levels: Levels, voice: VoiceLevels) -> NDArray[np.float64]:
    """The gain in dB per frame that reduces gusts in the low band to its usual level during speech."""
    low = decibels(levels.gusts)
    usual = float(np.median(low[voice.speaking]))
    # Low notes of a voice are not wind: they follow its speech band.
    loud = np.maximum(usual, decibels(levels.speech_band))
    window = np.hanning(_HANN + 2)[1:-1]
    window /= window.sum()
    over = np.maximum(low - loud - _GUST_DB, 0.0)
    return -np.minimum(np.convolve(over, window, "same")[: len(over)], table.wind_db)


def per_sample(frames: NDArray[np.float64], start: int, count: int) -> NDArray[np.float64]:
    """Values of 10 ms frames at `count` samples from `start`, interpolated linearly between frame centres."""
    positions = (np.arange(start, start + count) - FRAME / 2) / FRAME
    first = max(0, start // FRAME - 1)
    last = min(len(frames), (start + count) // FRAME + 2)
    return np.interp(positions, np.arange(first, last), frames[first:last])


assert RATE == 100 * FRAME
