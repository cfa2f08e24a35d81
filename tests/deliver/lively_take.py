"""A small take in which picture and sound change all the time, and in which both channels differ."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fixtures.cadence import TIMESCALE
from fixtures.iphone import Camera, finish
from fixtures.noise import white
from fixtures.recorder import Recorder, SoundTrack, h264

RATE, SECONDS = 30, 4
SIZE = (96, 54)
_SAMPLES = 48_000
# Before and after the sound, in seconds.
_QUIET = 0.3


def write_lively_take(path: Path) -> Path:
    """Writes four seconds at 30 frames per second: clouds that drift, and bursts of noise that are louder left."""
    base = Fraction(1, TIMESCALE)
    with Recorder(path, h264(*SIZE, base, Fraction(RATE)), [SoundTrack(lively_sound())]) as recorder:
        for number in range(RATE * SECONDS):
            recorder.picture(_codes(number), number * TIMESCALE // RATE)
    finish(path, Camera("2025-06-14T07:00:00+0100"))
    return path


def lively_sound() -> NDArray[np.float32]:
    """Noise in syllables of uneven length, (2, samples): the right channel has half of the left one and its own."""
    count = SECONDS * _SAMPLES
    time = np.arange(count) / _SAMPLES
    syllables = np.clip(np.sin(2 * np.pi * (2.1 * time + 0.4 * np.sin(2 * np.pi * 0.37 * time))), 0.05, 1) ** 2
    syllables *= (time > _QUIET) & (time < SECONDS - _QUIET)
    common, left, right = (white(count, seed) for seed in (1, 2, 3))
    both = np.stack([0.12 * common + 0.02 * left, 0.06 * common + 0.02 * right])
    return np.asarray(both * syllables, np.float32)


def _codes(number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8], NDArray[np.uint8]]:
    width, height = SIZE
    y, x = np.mgrid[:height, :width]
    luma = 120 + 40 * np.sin(x / 11 + number / 5) + 40 * np.cos(y / 7 - number / 7) + 12 * np.sin(number / 3)
    plain = np.full((height // 2, width // 2), 128, np.uint8)
    return luma.clip(20, 230).astype(np.uint8), plain, plain
