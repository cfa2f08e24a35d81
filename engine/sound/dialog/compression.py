"""Gentle compression of loud syllables, by pedalboard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.preset import Compression
from engine.sound.dialog.stage import StageOutcome


class CompressionStage:
    """JUCE's compressor: peak detector, hard knee."""

    def __init__(self, table: Compression, threshold_db: float) -> None:
        from pedalboard import Compressor

        self._compressor = Compressor(threshold_db, table.ratio, table.attack_ms, table.release_ms)

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        return np.asarray(self._compressor.process(block, RATE, reset=False), np.float32) if len(block) else block

    def finish(self) -> Mono:
        """Empty: the stage has no delay."""
        return np.zeros(0, np.float32)


def compression(
    table: Compression, power: NDArray[np.float64], speaking: NDArray[np.bool_]
) -> tuple[CompressionStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome; `power` is that of each 10 ms input frame."""
    syllables = power[: len(power) // 20 * 20].reshape(-1, 20)
    spoken = speaking[: len(power) // 20 * 20].reshape(-1, 20)
    counted = spoken.sum(axis=1) >= 10
    if counted.sum() < 5 or table.ratio == 1:
        return None, StageOutcome(
            "compression", "skipped", "too little speech" if table.ratio > 1 else "the ratio is 1"
        )
    levels = decibels(syllables[counted].mean(axis=1))
    middle, loud = (float(value) for value in np.percentile(levels, (50, 98)))
    measured = {"range_db": round(loud - middle, 1)}
    if loud - middle < table.rest_db:
        return None, StageOutcome(
            "compression", "skipped", f"loudest syllables only {loud - middle:.0f} dB above the median", measured
        )
    # The detector follows peaks, which are 3 dB above the RMS level of a tone.
    threshold = middle + table.above_db + 3
    measured |= {"threshold_dbfs": round(threshold, 1), "ratio": table.ratio}
    why = f"{table.ratio:g}:1 above {threshold:.0f} dBFS; loudest syllables {loud - middle:.0f} dB above the median"
    return CompressionStage(table, threshold), StageOutcome("compression", "applied", why, measured)
