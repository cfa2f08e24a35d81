"""Recognises music in a track over time, also under speech."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono, decibels

# The analysis of K. Seyerlehner, T. Pohle, M. Schedl, G. Widmer, "Automatic music detection in television productions",
# DAFx 2007: spectra of 1024 samples every 256, a running average of 21 bins, blocks of 100 frames that overlap by half,
# and the sum of the five highest peaks of the activation.
_MUSIC_RATE = 12_000
_WINDOW, _HOP = 1024, 256
_AVERAGE, _BUMP_DB = 21, 0.1
# Bins this far below the highest of their spectrum are leakage of its window, whose ripple is steady.
_LEAKAGE_DB = 70.0
_HALF = 50
_PEAKS = 5
HALF_S = _HALF * _HOP / _MUSIC_RATE
"""The time between two scores in seconds; a score covers twice as much."""
# The paper's threshold is 1.24 for the median of speech, noise and music. Quiet lines and hum reach 1.4, and a room's
# reverberation under speech reaches 2: music under speech must score higher than music alone.
_MUSIC_SCORE, _SURELY_MUSIC = 1.5, 2.1
# The fewest scores of music between speech, and under speech alone.
_LEAST_ALONE, _LEAST_UNDER = 3, 4
_SMOOTHING = 5
# A bin that is active in most of the blocks within this many blocks is hum or a whistle, not a note.
_DRONE_BLOCKS, _DRONE_SHARE, _DRONE_PERCENTILE = 8, 0.6, 25
# Sound this far below the loudest part, or below this level, is silence.
_AUDIBLE_DB, _SILENT_DBFS = -45.0, -75.0
# The share of a block with speech from which on it counts as spoken.
_SPOKEN_SHARE = 0.25

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


class MusicMeter:
    """Scores a signal by its continuous frequency activation: notes stay at one frequency, speech glides.

    Keeps about 2 kB per second.
    """

    def __init__(self) -> None:
        import soxr

        self._resampler: Any = soxr.ResampleStream(RATE, _MUSIC_RATE, 1, dtype="float32", quality="HQ")
        self._window = np.hanning(_WINDOW + 1)[:-1].astype(np.float32)
        self._rest = np.zeros(0, np.float32)
        self._halves: list[NDArray[np.float32]] = []
        self._powers: list[float] = []

    def push(self, block: Mono) -> None:
        """Adds the next samples at 48 kHz."""
        self._add(np.asarray(self._resampler.resample_chunk(np.ascontiguousarray(block)), np.float32))

    def scores(self) -> MusicScores:
        """The scores of the whole signal."""
        self._add(np.asarray(self._resampler.resample_chunk(np.zeros(0, np.float32), last=True), np.float32))
        halves = np.stack(self._halves) if self._halves else np.zeros((0, _WINDOW // 2 + 1), np.float32)
        activation = np.asarray((halves[1:] + halves[:-1]) / 2, np.float32)
        powers = np.array(self._powers)
        return MusicScores(_smooth(_scored(activation)), decibels((powers[1:] + powers[:-1]) / 2))

    def _add(self, samples: Mono) -> None:
        from scipy.ndimage import uniform_filter1d

        self._rest = np.concatenate([self._rest, samples])
        step = _HALF * _HOP
        while len(self._rest) >= step + _WINDOW - _HOP:
            part = self._rest[: step + _WINDOW - _HOP]
            frames = np.lib.stride_tricks.sliding_window_view(part, _WINDOW)[::_HOP] * self._window
            levels = decibels(np.square(np.abs(np.fft.rfft(frames, axis=1))) + 1e-12)
            bumps = levels - uniform_filter1d(levels, _AVERAGE, axis=1, mode="nearest") > _BUMP_DB
            bumps &= levels > levels.max(axis=1, keepdims=True) - _LEAKAGE_DB
            self._halves.append(bumps.mean(axis=0, dtype=np.float32))
            self._powers.append(float(np.mean(np.square(part[:step], dtype=np.float64))))
            self._rest = self._rest[step:]


@dataclass(frozen=True, slots=True)
class MusicScores:
    """A score every `HALF_S` seconds, about 1 for noise and up to 5 for music, and the level around it in dBFS.

    The first score is at `HALF_S` seconds.
    """

    scores: Floats
    level_db: Floats

    def highest(self, other: MusicScores) -> MusicScores:
        """The higher score of two signals of equal length wherever the other one is audible beside this one."""
        heard = other.level_db > np.maximum(self.level_db - 30, _SILENT_DBFS)
        return MusicScores(np.where(heard, np.maximum(self.scores, other.scores), self.scores), self.level_db)

    def music(self, spoken: Flags) -> list[tuple[float, float]]:
        """The stretches with music as (start, end) in seconds; `spoken` marks the 10 ms frames with speech.

        Three scores without speech are enough. Under speech, whose reverberation also has steady tones, music must
        score higher, or continue from music that is heard without speech.
        """
        count = len(self.scores)
        if not count:
            return []
        audible = self.level_db > max(float(self.level_db.max()) + _AUDIBLE_DB, _SILENT_DBFS)
        talk = np.array([self._spoken(spoken, number) for number in range(count)])
        least = min(_LEAST_ALONE, count)
        found = []
        for first, last in runs(audible & (self.scores >= _MUSIC_SCORE)):
            alone = int((~talk[first:last]).sum())
            surely = last - first >= _LEAST_UNDER and self.scores[first:last].mean() >= _SURELY_MUSIC
            if alone >= least or surely:
                found.append((first, last))
        # A score covers the half block before it and the one after it.
        return joined([(first * HALF_S, (last + 1) * HALF_S) for first, last in found], 2 * HALF_S)

    @staticmethod
    def _spoken(spoken: Flags, number: int) -> bool:
        around = spoken[round(number * HALF_S * 100) : round((number + 2) * HALF_S * 100)]
        return bool(len(around)) and float(around.mean()) >= _SPOKEN_SHARE


def music_share(blocks: Iterable[NDArray[np.float32]]) -> float:
    """The share, 0 to 1, of the audible sound in which a channel has music; blocks of (samples, channels) at 48 kHz."""
    meters: list[MusicMeter] = []
    for block in blocks:
        meters = meters or [MusicMeter() for _ in range(block.shape[1])]
        for channel, meter in enumerate(meters):
            meter.push(block[:, channel])
    shares = [0.0]
    for scores in (meter.scores() for meter in meters):
        if len(scores.scores):
            audible = scores.level_db > max(float(scores.level_db.max()) + _AUDIBLE_DB, _SILENT_DBFS)
            shares.append(float((scores.scores[audible] >= _SURELY_MUSIC).mean()) if audible.any() else 0.0)
    return max(shares)


def runs(flags: Flags) -> list[tuple[int, int]]:
    """The (first, stop) of each run of set flags."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(first), int(stop)) for first, stop in edges.reshape(-1, 2)]


def joined(spans: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    """The spans in order; those that are at most `gap` apart are one."""
    found: list[tuple[float, float]] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= gap:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _scored(activation: NDArray[np.float32]) -> Floats:
    """The sum of the highest peaks of each row; peaks of steady tones are left out."""
    scores = np.zeros(len(activation))
    for number, row in enumerate(activation):
        rising, falling = row[1:-1] > row[:-2], row[1:-1] >= row[2:]
        places = np.flatnonzero(rising & falling) + 1
        if not len(places):
            continue
        around = activation[max(0, number - _DRONE_BLOCKS) : number + _DRONE_BLOCKS + 1]
        near = np.stack([around[:, places + step] for step in (-1, 0, 1)])
        drone = (np.percentile(near, _DRONE_PERCENTILE, axis=1) >= _DRONE_SHARE).any(axis=0)
        lows = np.minimum.reduceat(row, np.concatenate([[0], places]))
        heights = row[places] - np.maximum(lows[:-1], lows[1:])
        scores[number] = np.sort(np.where(drone, 0.0, heights))[-_PEAKS:].sum()
    return scores


def _smooth(scores: Floats) -> Floats:
    from scipy.ndimage import median_filter

    return np.asarray(median_filter(scores, _SMOOTHING, mode="nearest")) if len(scores) else scores
