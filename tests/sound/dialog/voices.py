"""A test voice, room noise, and a distortion measure."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fixtures.lines import Phrase
from fixtures.noise import shaped
from fixtures.sound import speak

from ..sounds import write_sound

RATE = 48_000
Samples = NDArray[np.float32]

LINES = (
    "She sells sea shells, and the shells she sells are sea shells for sure.",
    "The harbour was quiet in the morning, and the boats lay still.",
)


@cache
def voice(pause: float = 0.6) -> Samples:
    """Two lines at 48 kHz, about −25 dBFS while speaking, with pauses before, between and after."""
    silence = np.zeros(round(pause * RATE), np.float32)
    parts = [silence]
    for spoken in speak([Phrase(Fraction(0), line) for line in LINES]):
        parts += [spoken.astype(np.float32), silence]
    return np.concatenate(parts)


def hiss(count: int, rms: float, seed: int = 1) -> Samples:
    """Room noise, falling towards high frequencies."""
    noise = shaped(count, RATE, seed, slope=-1.0, low=60, high=18_000)
    return np.asarray(noise * rms / np.sqrt(np.mean(np.square(noise))), np.float32)


def blocks(samples: Samples, size: int = 30_000) -> Iterator[Samples]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def recording(path: Path, samples: Samples, rate: int = RATE, layout: str = "") -> Path:
    """A float WAV of (samples,) or (samples, channels)."""
    shaped_samples = samples if samples.ndim == 2 else samples[:, None]
    return write_sound(path, shaped_samples, rate=rate, layout=layout, codec="pcm_f32le")


def si_sdr(reference: Samples, found: Samples) -> float:
    """Scale-invariant signal-to-distortion ratio in dB (J. Le Roux et al., "SDR: half-baked or well done?", 2019)."""
    a, b = (part.astype(np.float64) - part.mean() for part in (reference, found))
    target = (a @ b) / (a @ a) * a
    return float(10 * np.log10(target @ target / max(float((b - target) @ (b - target)), 1e-20)))
