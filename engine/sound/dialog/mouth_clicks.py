"""Repairs mouth clicks: short, quiet clicks of lips and tongue between and inside words."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.analysis import VoiceLevels
from engine.sound.dialog.clicks import find_clicks, redrawn
from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.preset import MouthClicks
from engine.sound.dialog.stage import StageOutcome

_CELL = RATE // 2000
_CHUNK = 20 * RATE
_CONTEXT = RATE // 10
# Cells of half a millisecond: a click's own, and those that it is compared with.
_OWN, _AROUND = 3, 44
_LONGEST = 8
# Neither the pulses of a creaking voice nor the noise after a consonant's burst are this far below their peak.
_ALONE_DB = 14.0
_HIGH_HZ = 2500


class MouthClickStage:
    """Adds a correction at each click."""

    def __init__(self, corrections: list[tuple[int, Mono]]) -> None:
        self._corrections = corrections
        self._at = 0

    def process(self, block: Mono) -> Mono:
        """Processes the next samples."""
        made, begin, end = block, self._at, self._at + len(block)
        for start, change in self._corrections:
            first, last = max(start, begin), min(start + len(change), end)
            if first < last:
                made = made.copy() if made is block else made
                made[first - begin : last - begin] += change[first - start : last - start]
        self._corrections = [one for one in self._corrections if one[0] + len(one[1]) > end]
        self._at = end
        return made

    def finish(self) -> Mono:
        """Empty: the stage has no delay."""
        return np.zeros(0, np.float32)


def mouth_clicks(
    table: MouthClicks,
    samples: int,
    voice: VoiceLevels,
    read: Callable[[int, int], Mono],
    repaired: float | None = None,
) -> tuple[MouthClickStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome; `read` returns the samples from a start to a stop.

    `repaired` is the threshold of the clicks that the stage before repairs in these samples; None if it is skipped.
    """
    if not voice.speaking.any():
        return None, StageOutcome("mouth-clicks", "skipped", "no speech")
    corrections: list[tuple[int, Mono]] = []
    for begin in range(0, samples, _CHUNK):
        around = read(begin - _CONTEXT, begin + _CHUNK + _CONTEXT)
        if repaired:
            around = around.copy()
            for start, stop in find_clicks(around, repaired):
                around[start:stop] = redrawn(around, start, stop)
        for start, stop in find_mouth_clicks(around, table.above_db, voice.level_db):
            if _CONTEXT <= start < _CONTEXT + min(_CHUNK, samples - begin) and stop + begin - _CONTEXT <= samples:
                change = redrawn(around, start, stop) - around[start:stop]
                corrections.append((begin - _CONTEXT + start, np.asarray(change, np.float32)))
    count = len(corrections)
    rate = count * RATE / max(samples, 1)
    measured = {"clicks": float(count)}
    if not count:
        return None, StageOutcome("mouth-clicks", "skipped", "no mouth clicks", measured)
    if rate > table.most:
        why = f"{rate:.0f} per second: part of the sound, not clicks"
        return None, StageOutcome("mouth-clicks", "skipped", why, measured)
    why = f"{count} mouth click{'s' if count > 1 else ''} repaired"
    return MouthClickStage(corrections), StageOutcome("mouth-clicks", "applied", why, measured)


def find_mouth_clicks(samples: Mono, above_db: float, voice_db: float) -> list[tuple[int, int]]:
    """(start, stop) of peaks above 2.5 kHz that last up to 4 ms and stand alone.

    A peak exceeds the median of the 22 ms on both sides by `above_db` and all but its own 1.5 ms by 14 dB, and is
    quieter than the voice (`voice_db`, power).
    """
    level = _high_levels(samples)
    count = len(level)
    if count < 2 * _AROUND + 1:
        return []
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(level, _AROUND, "edge"), 2 * _AROUND + 1)
    others = np.delete(windows, slice(_AROUND - _OWN, _AROUND + _OWN + 1), axis=1)
    usual, highest = np.median(others, axis=1), others.max(axis=1)
    own = windows[:, _AROUND - _OWN : _AROUND + _OWN + 1].max(axis=1)
    # Twice the voice's own power is a loud click, which the stage before this repairs.
    peak = (level == own) & (level > usual + above_db) & (level > highest + _ALONE_DB) & (level < voice_db + 3)
    found = []
    for place in np.flatnonzero(peak):
        limit = max(float(usual[place]) + above_db / 2, float(level[place]) - 20)
        first = last = int(place)
        while first > max(0, int(place) - _OWN) and level[first - 1] > limit:
            first -= 1
        while last < min(count - 1, int(place) + _OWN) and level[last + 1] > limit:
            last += 1
        if last - first < _LONGEST:
            found.append((max(0, (first - 1) * _CELL), min(len(samples), (last + 2) * _CELL)))
    return found


def _high_levels(samples: Mono) -> NDArray[np.float64]:
    """The power above 2.5 kHz of each half millisecond, in dB."""
    from scipy.signal import firwin, oaconvolve

    high = oaconvolve(samples.astype(np.float64), firwin(127, _HIGH_HZ, fs=RATE, pass_zero=False), "same")
    cells = len(high) // _CELL
    return np.asarray(decibels(np.square(high[: cells * _CELL].reshape(cells, _CELL)).mean(axis=1)))
