"""Analysis of a recording: levels every 10 ms in a few frequency bands, and speech detection."""

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
# Speech is at least this much above the noise floor, and at most this much below its loud parts.
_ABOVE_FLOOR_DB = 12.0
_BELOW_LOUD_DB = 30.0
# The noise floor is this percentile of the levels.
_FLOOR_SHARE = 10
# The noise is measured in so many frames at least, and the level of pauses this many frames away from speech.
_LEAST_QUIET, _WORD_END = 20, 15

Series = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Levels:
    """Mean power of each 10 ms frame: full band, below and above 70 Hz, below 160 Hz, speech band, sibilant band.

    `held` marks frames whose samples are all equal, such as digital silence. `clipped` counts samples at full scale.
    """

    power: Series
    low: Series
    high: Series
    gusts: Series
    speech_band: Series
    sibilants: Series
    held: NDArray[np.bool_]
    samples: int
    clipped: int

    def speaking(self, spans: Sequence[tuple[Fraction, Fraction]] | None) -> NDArray[np.bool_]:
        """The frames with speech: those whose speech band is well above the noise, within `spans` (seconds) if given.

        The levels exclude the pauses between words that spans include.
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
    """The level of speech and of the noise between words, in dB of power, and the frames with speech.

    `above_noise_db` is the level of the speech above the mean of the noise, also if it is irregular, both without
    rumble; 0 without speech.
    """

    speaking: NDArray[np.bool_]
    level_db: float
    floor_db: float
    above_noise_db: float


def voice_levels(levels: Levels, spans: Sequence[tuple[Fraction, Fraction]] | None) -> VoiceLevels:
    """The speech and noise levels of a recording; speech is detected within `spans` (seconds) if given."""
    speaking = levels.speaking(spans)
    quiet = levels.power[~speaking & ~levels.held]
    level = float(decibels(levels.power[speaking].mean())) if speaking.any() else -200.0
    # If speech is continuous, use the quietest moments between syllables as the noise level.
    heard = quiet if len(quiet) >= _LEAST_QUIET else levels.power[~levels.held]
    share = 50 if len(quiet) >= _LEAST_QUIET else _FLOOR_SHARE
    floor = float(decibels(np.percentile(heard, share))) if len(heard) else -200.0
    if not speaking.any():
        return VoiceLevels(speaking, level, floor, 0.0)
    return VoiceLevels(speaking, level, min(floor, level), _above_noise_db(levels, speaking))


def _above_noise_db(levels: Levels, speaking: NDArray[np.bool_]) -> float:
    """The level of the speech above the noise in dB, without rumble, at least 0.

    The noise is the mean of the pauses without the ends of words, which are louder than soft noise, and without the
    loudest 2 %, which may be a single knock. Without such pauses, it is the median between words.
    """
    from scipy.ndimage import binary_dilation

    near = binary_dilation(speaking, iterations=_WORD_END)
    pauses = levels.high[~near & ~levels.held]
    quiet = levels.high[~speaking & ~levels.held]
    if len(pauses) >= _LEAST_QUIET:
        noise = float(np.mean(np.sort(pauses)[: -max(1, len(pauses) // 50)]))
    elif len(quiet) >= _LEAST_QUIET:
        noise = float(np.median(quiet))
    else:
        noise = float(np.percentile(levels.high[~levels.held], _FLOOR_SHARE))
    return max(0.0, float(decibels(levels.high[speaking].mean()) - decibels(noise)))


class LevelAnalyzer:
    """Measures the levels of mono blocks of any length; keeps about 4 kB per second."""

    def __init__(self) -> None:
        from scipy.signal import butter

        self._bands = [
            butter(8, _LOW, "lowpass", fs=RATE, output="sos"),
            butter(8, _LOW, "highpass", fs=RATE, output="sos"),
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
        """Adds the next samples."""
        self._samples += len(block)
        self._clipped += int(np.count_nonzero(np.abs(block) >= FULL_SCALE))
        whole = np.concatenate([self._rest, block])
        count = len(whole) // FRAME
        self._rest = whole[count * FRAME :]
        if count:
            self._measure(whole[: count * FRAME])

    def levels(self) -> Levels:
        """The levels so far; an incomplete last frame is padded with its last sample."""
        if len(self._rest):
            self._measure(np.pad(self._rest, (0, FRAME - len(self._rest)), "edge"))
            self._rest = self._rest[:0]
        rows = np.concatenate(self._found, axis=1) if self._found else np.zeros((1 + len(self._bands), 0))
        held = np.concatenate(self._held) if self._held else np.zeros(0, np.bool_)
        power, low, high, gusts, speech, sibilants = rows
        return Levels(power, low, high, gusts, speech, sibilants, held, self._samples, self._clipped)

    def _measure(self, samples: Mono) -> None:
        from scipy.signal import sosfilt, sosfilt_zi

        if not self._states:
            # Start in the steady state of the first sample, so that a constant offset causes no transient.
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
