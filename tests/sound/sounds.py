"""Synthetic sounds and sound files, written with PyAV."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]
_FORMATS = {"aac": "fltp", "pcm_s16le": "s16", "pcm_f32le": "flt"}


def write_sound(
    path: Path, *tracks: Samples, rate: int = 48_000, layout: str = "", codec: str = "aac", at: Fraction = Fraction(0)
) -> Path:
    """Writes one file with each of `tracks`, (samples, channels), as a sound track that starts at `at` seconds.

    With pcm_s16le, frames of NaN are skipped, which leaves a gap in the time stamps.
    """
    size = 1024
    with av.open(str(path), "w") as file:
        streams: list[Any] = []
        for samples in tracks:
            name = layout or {1: "mono", 2: "stereo"}[samples.shape[1]]
            stream: Any = file.add_stream(codec, rate=rate, layout=name)
            if codec == "aac":
                stream.bit_rate = 320_000
            streams.append((stream, samples, name))
        for stream, samples, name in streams:
            for first in range(0, len(samples), size):
                part = samples[first : first + size]
                if codec == "pcm_s16le" and np.isnan(part).all():
                    continue
                frame = _frame(part, codec, name)
                frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                frame.pts = first + round(at * rate)
                file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    return path


def _frame(part: Samples, codec: str, layout: str) -> av.AudioFrame:
    sample_format = _FORMATS[codec]
    if sample_format == "fltp":
        return av.AudioFrame.from_ndarray(np.ascontiguousarray(part.T), format=sample_format, layout=layout)
    packed = part if sample_format == "flt" else np.rint(part * 32767).astype(np.int16)
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(packed).reshape(1, -1), format=sample_format, layout=layout)


def clicks(seconds: float, *at: int, rate: int = 48_000, channels: int = 2) -> Samples:
    """Silence with a one-sample click of 0.9 at each of the sample positions."""
    samples = np.zeros((round(seconds * rate), channels), np.float32)
    samples[list(at)] = 0.9
    return samples


def tone(seconds: float, dbfs: float, hertz: float = 997.0, rate: int = 48_000, channels: int = 2) -> Samples:
    """A sine with peaks at `dbfs`."""
    wave = 10 ** (dbfs / 20) * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def speechlike(seconds: float, dbfs: float, rate: int = 48_000) -> Samples:
    """Noise in syllables with pauses: its peaks are well above its loudness, as in speech."""
    generator = np.random.default_rng(7)
    noise = generator.standard_normal((round(seconds * rate), 2))
    time = np.arange(len(noise)) / rate
    syllables = np.clip(np.sin(2 * np.pi * 2.3 * time), 0, 1) ** 2 * (np.sin(2 * np.pi * 0.31 * time) > -0.6)
    smooth = noise + np.roll(noise, 1, axis=0) + np.roll(noise, 2, axis=0)
    spoken = smooth * syllables[:, None]
    return (spoken / np.abs(spoken).max() * 10 ** (dbfs / 20)).astype(np.float32)


def click_near(samples: Samples, expected: int) -> int:
    """The position of the largest sample within 20 ms of `expected`."""
    first = max(0, expected - 960)
    return first + int(np.argmax(np.abs(samples[first : expected + 960, 0])))
