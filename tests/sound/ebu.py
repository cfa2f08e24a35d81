"""The test signals of EBU Tech 3341 and 3342, made to their definitions at 48 kHz."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import soxr
from numpy.typing import NDArray

from .dialog.voices import voice

RATE = 48_000
STEREO = (1.0, 1.0)
SURROUND = (1.0, 1.0, 1.0, 1.41, 1.41)

Samples = NDArray[np.float32]


def tones(*parts: tuple[float, float], channels: int = 2) -> Samples:
    """A sine of 1 kHz through parts of so many dBFS (of its peaks) and seconds; silence is −inf dBFS."""
    counts = [round(seconds * RATE) for _, seconds in parts]
    gains = np.repeat([10 ** (level / 20) for level, _ in parts], counts)
    wave = gains * np.sin(2 * np.pi * 1000 * np.arange(len(gains)) / RATE)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


SILENT = -np.inf


def surround() -> Samples:
    """Case 6: 20 s, −28 dBFS left and right, −24 centre, −30 left and right surround."""
    return np.concatenate([tones((level, 20), channels=1) for level in (-28, -28, -24, -30, -30)], axis=1)


def alternating(loud: float, quiet: float, times: int) -> Samples:
    """Cases 9 and 12: −20 dBFS and −30 dBFS in turn."""
    return tones(*[(-20, loud), (-30, quiet)] * times)


def shifted(window: float, step: float) -> Iterator[Samples]:
    """Cases 10 and 13: twenty files, in each the tone begins a little later; it lasts just one window."""
    for number in range(20):
        yield tones((SILENT, number * step), (-23, window), (SILENT, 1))


def rising(window: float, step: float) -> Iterator[tuple[float, Samples]]:
    """Cases 11 and 14: the same in one file, each a decibel louder; here piece by piece, with the level of each."""
    for number in range(20):
        yield (
            -38 + number,
            tones((SILENT, number * step), (-38 + number, window), (SILENT, 20 * step - number * step)),
        )


def between_samples(hertz: float, degrees: float, amplitude: float) -> Samples:
    """Cases 15 to 19: a sine whose peaks lie between its samples."""
    phase = 2 * np.pi * hertz * np.arange(RATE) / RATE + np.radians(degrees)
    return faded(np.repeat((amplitude * np.sin(phase))[:, None], 2, axis=1).astype(np.float32))


def one_peak(offset: int) -> Samples:
    """Cases 20 to 23: half scale swelling to full scale, made at 192 kHz, band-limited, every fourth sample taken."""
    wave = 0.5 * np.sin(2 * np.pi * 8000 * np.arange(4 * RATE) / (4 * RATE))
    middle = 2 * RATE // 24 * 24
    wave[middle - 24 * 6 : middle + 24 * 6] *= 1 + np.hanning(24 * 12)
    limited = soxr.resample(soxr.resample(wave, 4 * RATE, RATE, quality="VHQ"), RATE, 4 * RATE, quality="VHQ")
    limited *= 1.0 / np.abs(limited).max()
    return faded(np.repeat(limited[offset::4][:, None], 2, axis=1).astype(np.float32))


def faded(samples: Samples, rate: int = RATE) -> Samples:
    """In and out within 10 ms: a tone that begins at once has peaks of its own."""
    count = rate // 100
    samples[:count] *= np.linspace(0, 1, count, dtype=np.float32)[:, None]
    samples[-count:] *= np.linspace(1, 0, count, dtype=np.float32)[:, None]
    return samples


def programme(spread_db: float, seconds: int = 90) -> Samples:
    """For cases 7 and 8 (3342: 5 and 6), whose programmes are the EBU's own: a voice that is near and far by turns."""
    said = np.tile(voice(), -(-seconds * RATE // len(voice())))[: seconds * RATE]
    place = np.interp(np.arange(len(said)), np.linspace(0, len(said), 10), np.tile([0.0, -spread_db], 5))
    return np.repeat((said * 10 ** (place / 20))[:, None], 2, axis=1).astype(np.float32)
