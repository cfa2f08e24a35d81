"""Gives the isolated voice back what isolation removed of the speech, where it is far above the noise.

What isolation removed is the noise and a part of the speech. Where its power exceeds that of the noise, the excess is
speech; where the voice is far above it, the voice masks what remains of the noise.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.scratch import Scratch

_FRAME, _HOP = 960, 480
# Speech above this frequency is weak, and so would be its recovery.
_BINS = round(8000 * _FRAME / RATE)
# Powers are smoothed over 5 bins and 3 frames: 250 Hz and 30 ms.
_BAND, _TIME = 5, 3
# The noise is the highest of the minima, each over 1.5 s, of the power over 50 ms; a minimum is below its mean.
_SMOOTH, _WINDOW = 5, 151
_BIAS = 1.5
# A multiple of the noise is subtracted: what it reaches within 3 s where the voice has less than a tenth of the power
# of the removed sound; steady noise reaches about 2. A usual one if fewer than a twentieth of the frames are so.
_VARIES, _ALONE, _ENOUGH = 301, 0.1, 0.05
_LEAST, _USUAL, _MOST_RATIO = 2.0, 4.0, 100.0
# Nothing is recovered where the voice is less than 6 dB above what was removed, all from 12 dB on.
_MASKED_DB, _RAMP_DB = 6.0, 6.0
# Segments overlap by more than the reach of all windows, so that their size changes nothing.
_SEGMENT, _AROUND = 8 * RATE, 320 * _HOP
_SILENT = 1e-18

_Powers = NDArray[np.float32]


def recover_speech(isolated: Iterator[Mono], dry: Scratch, share: float) -> Iterator[Mono]:
    """The isolated voice with a share of the speech that isolation removed, in segments of 8 s.

    `isolated` has as many samples as `dry`, the sound before isolation. A share of 0 changes nothing.
    """
    if not share:
        yield from isolated
        return
    # The samples from `begin` on; `start` is the first that was not yet yielded.
    voice, begin, start = np.zeros(0, np.float32), 0, 0
    for block in isolated:
        voice = np.concatenate([voice, block])
        while begin + len(voice) >= start + _SEGMENT + _AROUND:
            yield _recovered(voice, begin, start, start + _SEGMENT, dry, share)
            start += _SEGMENT
            dropped = max(0, start - _AROUND) - begin
            voice, begin = voice[dropped:], begin + dropped
    if begin + len(voice) > start:
        yield _recovered(voice, begin, start, begin + len(voice), dry, share)


def _recovered(voice: Mono, begin: int, start: int, stop: int, dry: Scratch, share: float) -> Mono:
    """The samples from `start` to `stop`; `voice` begins at `begin`, a multiple of `_HOP`, and reaches around them."""
    removed = dry.read(begin, begin + len(voice)) - voice
    found = voice + np.float32(share) * _speech_in(removed, voice)
    return found[start - begin : stop - begin]


def less_noisy(dry: Scratch, isolated: Scratch, start: int, stop: int) -> Mono:
    """The samples from `start` to `stop` of the sound before isolation, without the noise that its minima show.

    The noise in what isolation removed is subtracted (Wiener), also where no voice masks it. Noise that varies stays.
    """
    begin, end = max(0, start - _AROUND) // _HOP * _HOP, min(stop + _AROUND, dry.samples)
    voice = isolated.read(begin, end)
    spectrum = _spectrum(removed := dry.read(begin, end) - voice)
    power = _smooth(_power(spectrum))
    with np.errstate(divide="ignore", invalid="ignore"):
        speech = np.where(power > _SILENT, np.clip(1 - _noise(power) / power, 0, 1), 0)
    found = voice + _weighted(spectrum, speech.astype(np.float32), len(removed))
    return found[start - begin : stop - begin]


def _speech_in(removed: Mono, voice: Mono) -> Mono:
    """The part of the removed sound that is speech, where the voice masks the rest."""
    spectrum, voiced = _spectrum(removed), _spectrum(voice)
    power, voice_power = _smooth(_power(spectrum)), _smooth(_power(voiced))
    noise = _noise(power)
    with np.errstate(divide="ignore", invalid="ignore"):
        above_db = 10 * np.log10(voice_power / power)
        speech = 1 - _subtracted(power, noise, voice_power) * noise / power
    masked = np.clip((above_db - _MASKED_DB) / _RAMP_DB, 0, 1)
    gains = np.where(power > _SILENT, np.clip(speech, 0, 1) * masked, 0).astype(np.float32)
    return _weighted(spectrum, gains, len(removed))


def _weighted(spectrum: NDArray[np.complex64], gains: _Powers, count: int) -> Mono:
    """`count` samples of a spectrum with gains, and nothing above its highest bin."""
    from scipy.fft import irfft

    kept = np.zeros((len(spectrum), _FRAME // 2 + 1), np.complex64)
    kept[:, :_BINS] = spectrum * gains
    parts = irfft(kept, _FRAME, axis=1).astype(np.float32) * _window()
    made = np.zeros((len(parts) + 1, _HOP), np.float32)
    made[:-1] += parts[:, :_HOP]
    made[1:] += parts[:, _HOP:]
    return made.reshape(-1)[_HOP : _HOP + count]


def _noise(power: _Powers) -> _Powers:
    """The power of the noise in the removed sound, (frames, bins): infinite where all of it is digital silence."""
    from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d

    steady = uniform_filter1d(power, _SMOOTH, axis=0, mode="nearest")
    lowest = minimum_filter1d(np.where(power > _SILENT, steady, np.inf), _WINDOW, axis=0, mode="nearest")
    return np.asarray(_BIAS * maximum_filter1d(lowest, _WINDOW, axis=0, mode="nearest"), np.float32)


def _subtracted(power: _Powers, noise: _Powers, voice: _Powers) -> _Powers:
    """The multiple of the noise that the removed sound reaches without speech: its mean and the standard deviation."""
    from scipy.ndimage import uniform_filter1d

    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.clip(power / noise, 0, _MOST_RATIO)
    alone = (voice < _ALONE * power) & (power > _SILENT) & np.isfinite(noise)
    shares, first, second = (
        uniform_filter1d(np.where(alone, part, 0.0), _VARIES, axis=0, mode="nearest")
        for part in (1.0, ratio, np.square(ratio))
    )
    known = shares > _ENOUGH
    count = np.where(known, shares, 1.0)
    mean = first / count
    deviation = np.sqrt(np.maximum(second / count - np.square(mean), 0))
    return np.asarray(np.where(known, np.maximum(mean + deviation, _LEAST), _USUAL), np.float32)


def _spectrum(samples: Mono) -> NDArray[np.complex64]:
    """(frames, bins) up to 8 kHz; frame n is centred on sample n times the hop."""
    from scipy.fft import rfft

    count = -(-len(samples) // _HOP) + 1
    padded = np.pad(samples, (_HOP, count * _HOP - len(samples)))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP][:count]
    return np.asarray(rfft(frames * _window(), axis=1)[:, :_BINS], np.complex64)


def _window() -> NDArray[np.float32]:
    return np.sin(np.pi * (np.arange(_FRAME) + 0.5) / _FRAME).astype(np.float32)


def _power(spectrum: NDArray[np.complex64]) -> _Powers:
    return np.asarray(np.square(spectrum.real) + np.square(spectrum.imag), np.float32)


def _smooth(power: _Powers) -> _Powers:
    from scipy.ndimage import uniform_filter1d

    # The running sums may leave a negative rest.
    over_bins = uniform_filter1d(power, _BAND, axis=1, mode="nearest")
    return np.asarray(np.maximum(uniform_filter1d(over_bins, _TIME, axis=0, mode="nearest"), 0), np.float32)
