"""Room tone for parts of a programme without sound: noise with the spectrum and level of a take's quiet moments."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_gains import ChannelCorrection
from engine.sound.track import Block, duration_of, read_blocks, seeks_exactly

RATE = 48_000
"""The sample rate of room tone, in Hz."""

_WINDOW = 2048
# The quietest windows of a take are the pauses between its words.
_QUIET_SHARE, _FEWEST = 0.1, 4
# Of a take that is longer, only these evenly spaced parts of as many seconds are read.
_PARTS, _PART_S = 8, 15
# The noise repeats after 22 seconds, a length whose transform is fast; the ear does not notice.
_PERIOD = 1 << 20
_SEED = 20_261_129
# Below every microphone's own noise, in dBFS, for takes that are digitally silent.
_FAINT_DB = -90.0


class RoomNoise:
    """Endless stereo noise. A sample depends only on its position, so that any division into blocks gives the same."""

    def __init__(self, middle: NDArray[np.float64], side: NDArray[np.float64]) -> None:
        """`middle` and `side` are power spectra of (L + R) / 2 and (L − R) / 2, whose mean is the signal's power."""
        noise = np.random.Generator(np.random.Philox(_SEED))
        m, s = (_shaped(power, noise) for power in (middle, side))
        self._noise = np.ascontiguousarray(np.column_stack([m + s, m - s]), np.float32)

    def samples(self, first: int, count: int) -> Block:
        """(count, 2) samples from position `first` on."""
        return self._noise[np.arange(first, first + count) % _PERIOD]


def faint_noise() -> RoomNoise:
    """White noise at −90 dBFS, the same in both channels."""
    bins = _WINDOW // 2 + 1
    return RoomNoise(np.full(bins, 10 ** (_FAINT_DB / 10)), np.zeros(bins))


def room_noise_of(
    path: Path,
    index: int | None = None,
    *,
    correction: ChannelCorrection | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> RoomNoise:
    """The tone of a take's quietest moments; `faint_noise` if it is digitally silent. Errors as `read_blocks`."""
    window = np.hanning(_WINDOW)
    powers: list[float] = []
    spectra: list[NDArray[np.float32]] = []
    for block in _windows(path, index, correction, cancelled):
        sides = np.column_stack([block.sum(1), block[:, 0] - block[:, 1]]).astype(np.float64) / 2
        power = float(np.square(sides).mean())
        if power:
            powers.append(power)
            bands = np.abs(np.fft.rfft(sides * window[:, None], axis=0)) ** 2
            spectra.append((bands / np.square(window).sum()).astype(np.float32))
    if not powers:
        return faint_noise()
    count = max(_FEWEST, int(len(powers) * _QUIET_SHARE))
    quietest = np.argsort(powers, kind="stable")[:count]
    mean = np.stack([spectra[n] for n in quietest]).mean(axis=0, dtype=np.float64)
    return RoomNoise(mean[:, 0], mean[:, 1])


def _windows(
    path: Path, index: int | None, correction: ChannelCorrection | None, cancelled: Callable[[], bool] | None
) -> Iterator[Block]:
    """Stereo windows of the take, or of evenly spaced parts of a long one."""
    length = duration_of(path, index)
    parts: list[tuple[Fraction, Fraction | None]] = [(Fraction(0), None)]
    if length is not None and length > _PARTS * _PART_S and seeks_exactly(path):
        starts = [Fraction(int((length - _PART_S) * number / (_PARTS - 1))) for number in range(_PARTS)]
        parts = [(start, start + _PART_S) for start in starts]
    for start, end in parts:
        rest = np.zeros((0, 2), np.float32)
        for block in read_blocks(
            path, index, rate=RATE, correction=correction, start=start, end=end, cancelled=cancelled
        ):
            rest = np.concatenate([rest, block])
            whole = len(rest) // _WINDOW * _WINDOW
            yield from rest[:whole].reshape(-1, _WINDOW, 2)
            rest = rest[whole:]


def _shaped(power: NDArray[np.float64], noise: np.random.Generator) -> NDArray[np.float64]:
    """One period of noise with this power spectrum: its phases are random, its magnitudes are not."""
    bins = _PERIOD // 2 + 1
    finer = np.interp(np.linspace(0, len(power) - 1, bins), np.arange(len(power)), power)
    spectrum = np.sqrt(finer * _PERIOD) * np.exp(2j * np.pi * noise.random(bins))
    spectrum[0] = spectrum[-1] = 0
    return np.asarray(np.fft.irfft(spectrum, _PERIOD))
