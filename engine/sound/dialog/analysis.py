"""What is heard before anything is done: levels every 10 ms in a few bands, and where somebody speaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.meter import FULL_SCALE

FRAME = RATE // 100
"""Samples of a frame: 10 ms."""

SPEECH_BAND = (300.0, 3400.0)
_SIBILANT_BAND = (5000.0, 10_000.0)
_LOW = 70.0
_GUST_BAND = 160.0
# Speech stands this much above the floor, and no further below its own loud parts.
_ABOVE_FLOOR_DB = 12.0
_BELOW_LOUD_DB = 30.0
# A tenth of what is not speech is quieter than this.
_FLOOR_SHARE = 10

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Levels:
    """Mean power of each 10 ms frame: of everything, below 70 Hz, below 160 Hz, of the speech band, of sibilants.

    `held`: frames in which no sample differs from the first, digital silence among them. `clipped` counts samples at
    full scale.
    """

    power: Series
    low: Series
    gusts: Series
    speech_band: Series
    sibilants: Series
    held: NDArray[np.bool_]
    samples: int
    clipped: int

    def speaking(self, spans: Sequence[tuple[Fraction, Fraction]] | None) -> NDArray[np.bool_]:
        """The frames in which somebody speaks: where the speech band stands out, within `spans` of seconds if given.

        Spans hold pauses between words, which the levels tell from words.
        """
        within = ~self.held
        if spans is not None:
            speech = np.zeros(len(self.power), np.bool_)
            for start, end in spans:
                speech[int(start * 100) : -int(-end * 100 // 1)] = True
            within = within & speech
        heard = decibels(self.speech_band)
        if not within.any():
            return within
        floor = np.percentile(heard[~self.held], _FLOOR_SHARE)
        loud = np.percentile(heard[within], 95)
        return np.asarray((heard > max(floor + _ABOVE_FLOOR_DB, loud - _BELOW_LOUD_DB)) & within)


@dataclass(frozen=True, slots=True)
class VoiceLevels:
    """How a voice stands in its room, in dB of power: its level, the noise between its words, and between them."""

    speaking: NDArray[np.bool_]
    level_db: float
    floor_db: float

    @property
    def above_noise_db(self) -> float:
        """How far speech stands above the noise; 0 where nobody speaks."""
        return self.level_db - self.floor_db if self.speaking.any() else 0.0


def voice_levels(levels: Levels, spans: Sequence[tuple[Fraction, Fraction]] | None) -> VoiceLevels:
    """The voice among the levels."""
    speaking = levels.speaking(spans)
    quiet = levels.power[~speaking & ~levels.held]
    level = float(decibels(levels.power[speaking].mean())) if speaking.any() else -200.0
    # Where someone speaks all the time, the quietest moments between syllables tell of the noise.
    heard = quiet if len(quiet) >= 20 else levels.power[~levels.held]
    floor = float(decibels(np.percentile(heard, 50 if len(quiet) >= 20 else _FLOOR_SHARE))) if len(heard) else -200.0
    return VoiceLevels(speaking, level, min(floor, level) if speaking.any() else floor)


class LevelAnalyzer:
    """Takes in mono blocks of any length, keeps their levels: 400 bytes a second."""

    def __init__(self) -> None:
        from scipy.signal import butter

        self._bands = [
            butter(4, _LOW, "lowpass", fs=RATE, output="sos"),
            butter(4, _GUST_BAND, "lowpass", fs=RATE, output="sos"),
            butter(2, SPEECH_BAND, "bandpass", fs=RATE, output="sos"),
            butter(2, _SIBILANT_BAND, "bandpass", fs=RATE, output="sos"),
        ]
        self._states: list[NDArray[np.float64]] = []
        self._rest = np.zeros(0, np.float32)
        self._found: list[NDArray[np.float64]] = []
        self._held: list[NDArray[np.bool_]] = []
        self._samples = self._clipped = 0

    def push(self, block: Mono) -> None:
        """The next samples."""
        self._samples += len(block)
        self._clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
        whole = np.concatenate([self._rest, block])
        count = len(whole) // FRAME
        self._rest = whole[count * FRAME :]
        if count:
            self._measure(whole[: count * FRAME])

    def levels(self) -> Levels:
        """What was heard; the last frame is filled up with its own last sample."""
        if len(self._rest):
            self._measure(np.pad(self._rest, (0, FRAME - len(self._rest)), "edge"))
            self._rest = self._rest[:0]
        power, low, gusts, speech, sibilants = np.concatenate(self._found, axis=1) if self._found else np.zeros((5, 0))
        held = np.concatenate(self._held) if self._held else np.zeros(0, np.bool_)
        return Levels(power, low, gusts, speech, sibilants, held, self._samples, self._clipped)

    def _measure(self, samples: Mono) -> None:
        from scipy.signal import sosfilt, sosfilt_zi

        if not self._states:
            # As if the first sample had been there always: a constant is no sound.
            self._states = [sosfilt_zi(band) * float(samples[0]) for band in self._bands]
        frames = samples.reshape(-1, FRAME)
        rows = [np.square(frames, dtype=np.float64).mean(axis=1)]
        for number, band in enumerate(self._bands):
            passed, self._states[number] = sosfilt(band, samples.astype(np.float64), zi=self._states[number])
            rows.append(np.square(passed.reshape(-1, FRAME)).mean(axis=1))
        self._found.append(np.stack(rows))
        self._held.append(np.all(frames == frames[:, :1], axis=1))


def analyze_levels(blocks: Iterable[Mono]) -> Levels:
    """The levels of a whole recording."""
    analyzer = LevelAnalyzer()
    for block in blocks:
        analyzer.push(block)
    return analyzer.levels()
