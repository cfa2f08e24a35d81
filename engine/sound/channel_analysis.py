"""Measures and corrects a track's channels; every mono or stereo mix of a file uses this correction."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from engine.sound.channel_delay import ChannelDelay
from engine.sound.channel_gains import ChannelCorrection, better_microphone, is_spread, mono_gains
from engine.sound.channel_voices import ChannelVoices, find_voices, speaking_channels
from engine.sound.downmix import Downmix, OutputLayout, downmix
from engine.sound.track import Block, duration_of, named_channels, read_blocks, seeks_exactly

SPEECH_RATE = 16_000
"""Sample rate of speech models, in Hz."""

_BAND_HZ = (300.0, 3400.0)
_FRAME = SPEECH_RATE // 10
_FRAMES_AT_ONCE = 600
_HALF_SECOND = SPEECH_RATE // 2
# In tracks longer than this (seconds), only this many evenly spaced ranges of this length are measured.
_WHOLE_S = 600
_STRETCHES, _STRETCH_S = 20, 30
# An offset is corrected if it exceeds one 16-bit step and this share of the RMS level.
_OFFSET_STEP, _OFFSET_SHARE = 2**-15, 0.05
# Speech models are trained on speech near this level and treat much quieter speech as noise.
_SPEECH_DBFS, _QUIET_DBFS, _MOST_GAIN_DB = -25.0, -38.0, 70.0
# Two channels are no voices if at least this share of their first minutes (seconds) is music.
_MUSIC_S, _MOSTLY_MUSIC = Fraction(180), 0.3
_KEPT = 64

_found: dict[tuple[str, int, int, int | None], ChannelCorrection] = {}


def channel_correction(
    path: Path, index: int | None = None, *, cancelled: Callable[[], bool] | None = None
) -> ChannelCorrection:
    """The polarity, offset and mono mix of a track's channels, measured at 16 kHz; raises as `read_blocks`.

    In tracks longer than ten minutes, twenty ranges are measured if the container seeks exactly. The last 64 results
    are cached by path, modification time and size.
    """
    try:
        stamp = path.stat()
        key = str(path.absolute()), stamp.st_mtime_ns, stamp.st_size, index
    except OSError:
        key = None
    if key is None or key not in _found:
        correction = _analysed(path, index, cancelled)
        if key is None:
            return correction
        while len(_found) >= _KEPT:
            _found.pop(next(iter(_found)), None)
        _found[key] = correction
    return _found[key]


def speech_blocks(
    path: Path,
    index: int | None = None,
    *,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Iterator[Block]:
    """Blocks of (samples, 1) at 16 kHz for speech models: corrected, mixed to mono, amplified if very quiet.

    `start` and `end` in seconds, as in `read_blocks`.
    """
    correction = channel_correction(path, index, cancelled=cancelled)
    factor = np.float32(10 ** (speech_gain_db(correction) / 20))
    mono = read_blocks(
        path, index, rate=SPEECH_RATE, layout="mono", correction=correction, start=start, end=end, cancelled=cancelled
    )
    for block in mono:
        yield block * factor


def mono_16k(path: Path, index: int | None = None, *, cancelled: Callable[[], bool] | None = None) -> Block:
    """All of `speech_blocks` as one (samples,) array; 230 MB per hour."""
    blocks = list(speech_blocks(path, index, cancelled=cancelled))
    return np.concatenate(blocks)[:, 0] if blocks else np.zeros(0, np.float32)


def voices_16k(
    path: Path, index: int | None, voices: ChannelVoices, *, cancelled: Callable[[], bool] | None = None
) -> tuple[tuple[Block, Block], NDArray[np.bool_]]:
    """The voices of two channels at 16 kHz, (samples,) each, and the (frames, 2) times at which they speak, by 10 ms.

    Each channel is muted where only the other voice is heard, and amplified if its voice is very quiet.
    """
    from engine.sound.automix import FrameLevels, open_gains, separate

    correction = channel_correction(path, index, cancelled=cancelled)

    def pairs() -> Iterator[Block]:
        return read_blocks(path, index, rate=SPEECH_RATE, layout="stereo", correction=correction, cancelled=cancelled)

    meter = FrameLevels(SPEECH_RATE)
    for block in pairs():
        meter.push(block)
    speaking = speaking_channels(meter.levels(), voices)
    raised = [np.float32(10 ** (_raised_db(level) / 20)) for level in voices.levels_dbfs]
    parts: tuple[list[Block], list[Block]] = ([], [])
    for block in separate(pairs(), open_gains(speaking), SPEECH_RATE):
        for channel, part in enumerate(parts):
            part.append(block[:, channel] * raised[channel])
    return (_joined(parts[0]), _joined(parts[1])), speaking


def _joined(parts: list[Block]) -> Block:
    """The blocks as one; they are released."""
    whole = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    parts.clear()
    return whole


def speech_gain_db(correction: ChannelCorrection) -> float:
    """The gain in dB that brings very quiet speech to the level that speech models expect; otherwise 0."""
    return _raised_db(correction.level_dbfs)


def _raised_db(level_dbfs: float) -> float:
    if not -150 < level_dbfs < _QUIET_DBFS:
        return 0.0
    return min(_SPEECH_DBFS - level_dbfs, _MOST_GAIN_DB)


def downmix_of(path: Path, index: int | None = None, layout: OutputLayout = "stereo") -> Downmix:
    """The downmix of a track, with its correction; raises as `read_blocks`."""
    name, names = named_channels(path, index)
    return downmix(name, names, layout, channel_correction(path, index).polarity)


def _analysed(path: Path, index: int | None, cancelled: Callable[[], bool] | None) -> ChannelCorrection:
    layout, names = named_channels(path, index)
    count = len(names)
    voices: ChannelVoices | None = None
    if layout.startswith("ambisonic"):
        gains = mono_gains(layout, names, np.zeros((count, count)), False)
        spread = is_spread(layout, np.zeros((count, count)), False)
        # W is half the sum of both cardioids.
        statistics = _statistics(path, index, 2, cancelled)
        level = statistics.level_dbfs(np.ones(2))
        offsets = np.zeros(count)
    else:
        statistics = _statistics(path, index, count, cancelled)
        gains = mono_gains(layout, names, statistics.covariance(), statistics.identical)
        spread = is_spread(layout, statistics.covariance(), statistics.identical)
        if count == 2 and not statistics.identical:
            voices = _voices(path, index, names, statistics, cancelled)
        delay = statistics.delay.milliseconds() if count == 2 and spread and not voices else None
        if voices:
            spread, gains = True, (np.ones(2), np.full(2, 0.5), voices.note)
        elif delay is not None:
            gains = better_microphone(names, statistics.powers(), delay)
        level = statistics.level_dbfs(gains[1])
        offsets = statistics.offsets()
    polarity, mono, why = gains
    notes = [why] if polarity.min(initial=1.0) < 0 else []
    if offsets.any():
        most = float(np.abs(offsets).max())
        notes.append(f"a constant offset of {most:.2g} of full scale is removed")
    return ChannelCorrection(
        channels=tuple(names),
        offsets=tuple(offsets.tolist()),
        polarity=tuple(polarity.tolist()),
        mono=tuple(mono.tolist()),
        why=why,
        level_dbfs=round(level, 1),
        notes=tuple(notes),
        spread=spread,
        ambisonic=layout.startswith("ambisonic"),
        voices=voices,
    )


def _voices(
    path: Path, index: int | None, names: list[str], statistics: _Statistics, cancelled: Callable[[], bool] | None
) -> ChannelVoices | None:
    """The voices of two channels; None if they share one, or have music."""
    found = find_voices(names, statistics.powers())
    if found is None:
        return None
    from engine.sound.dialog.music import music_share

    sound = read_blocks(path, index, layout="source", end=_MUSIC_S, cancelled=cancelled)
    return found if music_share(sound) < _MOSTLY_MUSIC else None


class _Statistics:
    """Channel means per half second, and covariances of the speech band per tenth of a second."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._window = np.hanning(_FRAME + 1)[:-1, None].astype(np.float32)
        self._means: list[NDArray[np.float64]] = []
        self._covariances: list[NDArray[np.float64]] = []
        self._power, self._samples = np.zeros(channels), 0
        self.identical = True
        self.delay = ChannelDelay()

    def add(self, samples: Block) -> None:
        """Adds one contiguous range of (samples, channels)."""
        if not len(samples):
            return
        wave = samples.astype(np.float64)
        self.identical = self.identical and bool(np.all(samples == samples[:, :1]))
        if self._channels == 2 and not self.identical:
            self.delay.add(samples)
        halves = [wave[first : first + _HALF_SECOND] for first in range(0, len(wave), _HALF_SECOND)]
        self._means += [half.mean(axis=0) for half in halves if len(half) == _HALF_SECOND or len(halves) == 1]
        self._power += np.square(wave - wave.mean(axis=0)).sum(axis=0)
        self._samples += len(wave)
        centred = (wave - wave.mean(axis=0)).astype(np.float32)
        frames = np.pad(centred, ((0, -len(centred) % _FRAME), (0, 0))).reshape(-1, _FRAME, self._channels)
        for first in range(0, len(frames), _FRAMES_AT_ONCE):
            self._covariances.append(self._band_covariance(frames[first : first + _FRAMES_AT_ONCE]))

    def _band_covariance(self, frames: NDArray[np.float32]) -> NDArray[np.float64]:
        """Returns the covariances (frames, channels, channels) of the speech band, by Parseval's theorem."""
        low, high = (round(hertz * _FRAME / SPEECH_RATE) for hertz in _BAND_HZ)
        band = np.fft.rfft(frames * self._window, axis=1)[:, low : high + 1]
        power: NDArray[np.float64] = np.matmul(band.transpose(0, 2, 1), band.conj()).real.astype(np.float64)
        return power * (2 / (_FRAME * float(np.square(self._window).sum())))

    def offsets(self) -> NDArray[np.float64]:
        """The constant offset of each channel, 0 if it is negligible."""
        if not self._means:
            return np.zeros(self._channels)
        offsets = np.median(np.stack(self._means), axis=0)
        rms = np.sqrt(self._power / max(self._samples, 1))
        return np.where(np.abs(offsets) > np.maximum(_OFFSET_STEP, _OFFSET_SHARE * rms), offsets, 0.0)

    def covariance(self) -> NDArray[np.float64]:
        """The (channels, channels) covariance of the louder half of the frames."""
        frames = self._frames()
        powers = np.trace(frames, axis1=1, axis2=2)
        return np.asarray(frames[powers >= np.median(powers)].sum(axis=0)) if len(frames) else frames.sum(axis=0)

    def powers(self) -> NDArray[np.float64]:
        """The (frames, channels) power of the speech band."""
        return np.asarray(np.diagonal(self._frames(), axis1=1, axis2=2))

    def level_dbfs(self, gains: NDArray[np.float64]) -> float:
        """The speech-band level of the loud parts of a mix, in dBFS; −200 for silence."""
        powers = np.einsum("i,nij,j->n", gains, self._frames(), gains)
        if not len(powers) or powers.max() <= 0:
            return -200.0
        loud = powers[powers >= np.percentile(powers, 95) * 10**-1.5]
        return max(-200.0, 10 * math.log10(float(loud.mean())))

    def _frames(self) -> NDArray[np.float64]:
        empty = np.zeros((0, self._channels, self._channels))
        return np.concatenate([empty, *self._covariances])


def _statistics(path: Path, index: int | None, channels: int, cancelled: Callable[[], bool] | None) -> _Statistics:
    statistics = _Statistics(channels)
    seconds = duration_of(path, index) or Fraction(0)
    stretches: list[tuple[Fraction, Fraction | None]] = [(Fraction(0), None)]
    if seconds > _WHOLE_S and seeks_exactly(path):
        step = (seconds - _STRETCH_S) / (_STRETCHES - 1)
        starts = [Fraction(int(number * step)) for number in range(_STRETCHES)]
        stretches = [(start, start + _STRETCH_S) for start in starts]
    for start, end in stretches:
        blocks = read_blocks(path, index, rate=SPEECH_RATE, layout="source", start=start, end=end, cancelled=cancelled)
        held: list[Block] = []
        samples = 0
        for block in blocks:
            held.append(block)
            samples += len(block)
            if samples >= _STRETCH_S * SPEECH_RATE:
                statistics.add(np.concatenate(held))
                held, samples = [], 0
        if held:
            statistics.add(np.concatenate(held))
    return statistics
