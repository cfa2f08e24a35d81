"""Recognises one voice in two microphones at different distances, by the delay between the channels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.sound.track import Block

_RATE = 16_000
_WINDOW = 8192
_BAND_HZ = (100.0, 7000.0)
# Up to 30 ms, or 10 m. The capsules of a stereo microphone are less than 2 ms apart.
_MOST, _LEAST = round(0.03 * _RATE), round(0.002 * _RATE)
# The peak of the correlation, as a multiple of the RMS of the rest, and of the highest value at a stereo pair's delays.
_STANDS_OUT, _ABOVE_STEREO = 9.0, 2.0
# Windows this far below the loudest are pauses.
_DEPTH_DB = 30.0


@dataclass(slots=True)
class ChannelDelay:
    """The whitened cross-correlation of two channels at 16 kHz, summed over windows of half a second.

    C. Knapp, G. Carter, "The generalized correlation method for estimation of time delay", 1976.
    """

    _whitened: NDArray[np.complex128] | None = None
    _loudest: float = 0.0

    def add(self, samples: Block) -> None:
        """Adds one contiguous range of (samples, 2)."""
        whole = samples[: len(samples) // _WINDOW * _WINDOW].reshape(-1, _WINDOW, 2).astype(np.float64)
        powers = np.square(whole).mean(axis=(1, 2))
        self._loudest = max(self._loudest, float(powers.max(initial=0.0)))
        loud = whole[powers > self._loudest * 10 ** (-_DEPTH_DB / 10)]
        if not len(loud):
            return
        spectra = np.fft.rfft(loud * np.hanning(_WINDOW)[:, None], 2 * _WINDOW, axis=1)
        cross = spectra[:, :, 1] * np.conj(spectra[:, :, 0])
        found = (cross / np.maximum(np.abs(cross), 1e-12)).sum(axis=0)
        self._whitened = found if self._whitened is None else self._whitened + found

    def milliseconds(self) -> float | None:
        """How much later the second channel has the sound of the first; None if they are no two distant microphones."""
        if self._whitened is None:
            return None
        hertz = np.fft.rfftfreq(2 * _WINDOW, 1 / _RATE)
        band = np.where((hertz >= _BAND_HZ[0]) & (hertz <= _BAND_HZ[1]), self._whitened, 0)
        around = np.abs(np.roll(np.fft.irfft(band), _MOST)[: 2 * _MOST + 1])
        peak = int(np.argmax(around))
        rest = np.delete(around, slice(max(0, peak - 16), peak + 17))
        stereo = around[_MOST - _LEAST : _MOST + _LEAST + 1].max()
        surely = around[peak] > max(_STANDS_OUT * np.sqrt(np.mean(np.square(rest))), _ABOVE_STEREO * stereo)
        return (peak - _MOST) * 1000 / _RATE if surely and abs(peak - _MOST) > _LEAST else None
