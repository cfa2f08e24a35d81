"""Gentle compression of what stands out from a voice, by pedalboard."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.preset import Compression
from engine.sound.dialog.stage import StageOutcome


class CompressionStage:
    """JUCE's compressor: a peak detector, a hard knee."""

    def __init__(self, table: Compression, threshold_db: float) -> None:
        from pedalboard import Compressor

        self._compressor = Compressor(threshold_db, table.ratio, table.attack_ms, table.release_ms)

    def process(self, block: Mono) -> Mono:
        """The next samples."""
        return np.asarray(self._compressor.process(block, RATE, reset=False), np.float32) if len(block) else block

    def finish(self) -> Mono:
        """Nothing is still to come."""
        return np.zeros(0, np.float32)


def compression(
    table: Compression, power: NDArray[np.float64], speaking: NDArray[np.bool_]
) -> tuple[CompressionStage | None, StageOutcome]:
    """The stage this recording needs, None where it rests; `power` of each 10 ms frame as it comes in here."""
    syllables = power[: len(power) // 20 * 20].reshape(-1, 20)
    spoken = speaking[: len(power) // 20 * 20].reshape(-1, 20)
    counted = spoken.sum(axis=1) >= 10
    if counted.sum() < 5 or table.ratio == 1:
        return None, StageOutcome(
            "compression", "rested", "there is too little speech" if table.ratio > 1 else "its ratio is 1"
        )
    levels = decibels(syllables[counted].mean(axis=1))
    middle, loud = (float(value) for value in np.percentile(levels, (50, 98)))
    measured = {"range_db": round(loud - middle, 1)}
    if loud - middle < table.rest_db:
        return None, StageOutcome(
            "compression", "rested", f"the loudest syllables are {loud - middle:.0f} dB up", measured
        )
    # The detector follows peaks, which stand about 3 dB above the level of a tone.
    threshold = middle + table.above_db + 3
    measured |= {"threshold_dbfs": round(threshold, 1), "ratio": table.ratio}
    why = f"{table.ratio:g}:1 above {threshold:.0f} dBFS; the loudest syllables are {loud - middle:.0f} dB up"
    return CompressionStage(table, threshold), StageOutcome("compression", "worked", why, measured)
