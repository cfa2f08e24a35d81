"""Stereo around a cleaned centre: the sides get the centre's gains, so that the image stays."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.bed import MusicBed
from engine.sound.dialog.filters import RATE, Mono, decibels
from engine.sound.dialog.scratch import Scratch

# Frames of 40 ms that overlap by half: a square root of Hann on both ways, whose products sum to 1.
_WINDOW = RATE // 25
_HOP = _WINDOW // 2
# Gains are measured in bands of a third of an octave, at least this wide.
_BAND_HZ, _THIRD = 100.0, 2 ** (1 / 3)
# Below this power per bin, a band is silent and its gain is 1: −120 dBFS.
_FLOOR = 1e-12
_MOST_GAIN = 4.0
# The sides matter from this far below the centre on, in at least this many seconds.
_AUDIBLE_DB, _SILENT_DBFS, _LEAST_S = -20.0, -70.0, 1

Floats = NDArray[np.float64]


def sides_matter(centre: Scratch, sides: Scratch) -> bool:
    """Whether the sides are audible beside the centre: at most 20 dB below it for a second or longer."""
    heard = 0
    for mid, side in zip(centre.blocks(), sides.blocks(), strict=True):
        level, beside = (float(decibels(np.mean(np.square(part, dtype=np.float64)))) for part in (mid, side))
        heard += beside > max(level + _AUDIBLE_DB, _SILENT_DBFS)
        if heard >= min(_LEAST_S, max(1, centre.samples // RATE)):
            return True
    return False


def widened(centre: Scratch, made: Scratch, sides: Scratch, bed: MusicBed) -> Iterator[Mono]:
    """Stereo blocks (samples, 2) from the cleaned centre `made` and the sides.

    In each frame and band, the sides get the gain from `centre` to `made`: noise that was removed from the centre is
    removed from the sides, and music that was kept is kept with its width. Lowered music is lowered in the sides too.
    """
    window = np.sqrt(np.hanning(_WINDOW + 1)[:-1])
    edges = _bands()
    for start in range(0, made.samples, RATE):
        stop = min(start + RATE, made.samples)
        # Frames start at multiples of the hop, so that blocks do not matter.
        first, last = start - _HOP, start + -(-(stop - start) // _HOP) * _HOP + _HOP
        came, done, side = (part.read(first, last).astype(np.float64) for part in (centre, made, sides))
        side = side * bed.gains(first, last - first)
        spectra = [np.fft.rfft(_frames(part) * window, axis=1) for part in (came, done, side)]
        shaped = np.fft.irfft(spectra[2] * _gains(spectra[0], spectra[1], edges), _WINDOW, axis=1) * window
        whole = np.zeros(last - first)
        for number, frame in enumerate(shaped):
            whole[number * _HOP : number * _HOP + _WINDOW] += frame
        beside = whole[_HOP : _HOP + stop - start]
        middle = done[_HOP : _HOP + stop - start]
        yield np.stack([middle + beside, middle - beside], axis=1).astype(np.float32)


def _frames(samples: Floats) -> Floats:
    return np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[::_HOP]


def _bands() -> NDArray[np.intp]:
    """The first bin of each band."""
    edges, hertz = [0.0], _BAND_HZ
    while hertz < RATE / 2:
        edges.append(hertz)
        hertz = max(hertz + _BAND_HZ, hertz * _THIRD)
    return np.unique(np.round(np.array(edges) * _WINDOW / RATE).astype(np.intp))


def _gains(came: NDArray[np.complex128], done: NDArray[np.complex128], edges: NDArray[np.intp]) -> Floats:
    """The gain of each frame and bin from one spectrum to the other, interpolated between the bands' centres."""
    before, after = (np.add.reduceat(np.square(np.abs(part)), edges, axis=1) for part in (came, done))
    widths = np.diff(np.append(edges, came.shape[1]))
    floor = _FLOOR * _WINDOW * widths
    gains = np.minimum(np.sqrt((after + floor) / (before + floor)), _MOST_GAIN)
    centres = edges + (widths - 1) / 2
    bins = np.arange(came.shape[1])
    place = np.clip(np.searchsorted(centres, bins) - 1, 0, len(centres) - 2)
    share = np.clip((bins - centres[place]) / (centres[place + 1] - centres[place]), 0.0, 1.0)
    return np.asarray(gains[:, place] * (1 - share) + gains[:, place + 1] * share)
