"""Reduces late reverberation by weighted prediction error (WPE)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.sound.dialog.filters import RATE, Mono
from engine.sound.dialog.preset import Dereverb
from engine.sound.dialog.stage import StageOutcome

_FRAME, _HOP = 2048, 512
# The reverberation that frames 2 to 15 before predict, 21 to 160 ms, is removed; the early reflections stay.
_DELAY, _TAPS = 2, 14
_ITERATIONS = 2
# Fewer frames than this cannot tell a room from a voice.
_LEAST_FRAMES = 8 * _TAPS
_HIGHEST_HZ = 8000
_BATCH = 64
# The room is estimated in segments that overlap, so that an hour takes no more memory than a minute.
_OVERLAP = 2 * RATE
_SEGMENT = 12 * RATE

Spectrum = NDArray[np.complex64]


class DereverbStage:
    """Mixes the dereverberated sound with the input; the output does not depend on the sizes of the blocks."""

    def __init__(self, share: float) -> None:
        self.share = share
        self._waiting = np.zeros(0, np.float32)
        self._faded = np.zeros(0, np.float32)

    @property
    def waiting(self) -> int:
        """The samples that wait for the rest of their segment."""
        return len(self._waiting)

    def process(self, block: Mono) -> Mono:
        """Processes the next samples; the output comes in segments."""
        self._waiting = np.concatenate([self._waiting, block])
        made = [np.zeros(0, np.float32)]
        while len(self._waiting) > _SEGMENT:
            made.append(self._next(self._waiting[:_SEGMENT], last=False))
            self._waiting = self._waiting[_SEGMENT - _OVERLAP :]
        return np.concatenate(made)

    def finish(self) -> Mono:
        """The remaining samples."""
        rest, self._waiting = self._waiting, np.zeros(0, np.float32)
        return self._next(rest, last=True) if len(rest) else rest

    def _next(self, samples: Mono, *, last: bool) -> Mono:
        made = samples + np.float32(self.share) * (predicted_error(samples) - samples)
        overlap = len(self._faded)
        if overlap:
            rising = np.linspace(0, 1, overlap, dtype=np.float32)
            made[:overlap] = self._faded[: len(made)] * (1 - rising) + made[:overlap] * rising
        if last:
            return made
        self._faded = made[-_OVERLAP:].copy()
        return made[:-_OVERLAP]


def dereverb(table: Dereverb, rt60: float | None) -> tuple[DereverbStage | None, StageOutcome]:
    """The stage, None if it is skipped, and its outcome; `rt60` is the room's reverberation time in seconds."""
    if rt60 is None:
        return None, StageOutcome("dereverb", "skipped", "too few sounds decay freely to measure the room")
    share = table.strength * reverberant_share(rt60, table.rest_ms, table.full_ms)
    measured = {"rt60_ms": round(1000 * rt60), "strength": round(share, 3)}
    if share < 0.02:
        return None, StageOutcome("dereverb", "skipped", f"the room is dry: RT60 {rt60:.2f} s", measured)
    return DereverbStage(share), StageOutcome("dereverb", "applied", f"RT60 of the room is {rt60:.2f} s", measured)


def reverberant_share(rt60: float | None, rest_ms: float, full_ms: float) -> float:
    """0 up to a reverberation time of `rest_ms`, 1 from `full_ms` on; 0 if it is unknown."""
    if rt60 is None:
        return 0.0
    return float(np.clip((1000 * rt60 - rest_ms) / max(full_ms - rest_ms, 1e-6), 0, 1))


def predicted_error(samples: Mono) -> Mono:
    """The samples without what their past predicts in each frequency bin up to 8 kHz.

    T. Nakatani, T. Yoshioka, K. Kinoshita, M. Miyoshi, B.-H. Juang: "Speech dereverberation based on
    variance-normalized delayed linear prediction", IEEE Trans. ASLP 18(7), 2010; one channel.
    """
    window = np.sin(np.pi * (np.arange(_FRAME) + 0.5) / _FRAME).astype(np.float32)
    padded = np.pad(samples, (_FRAME, _FRAME + _HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, _FRAME)[::_HOP]
    spectrum = np.fft.rfft(frames * window, axis=1).astype(np.complex64)
    highest = round(_HIGHEST_HZ * _FRAME / RATE)
    for first in range(0, highest, _BATCH):
        bins = slice(first, min(first + _BATCH, highest))
        spectrum[:, bins] = _whitened(np.ascontiguousarray(spectrum[:, bins].T)).T
    made = np.zeros(len(padded), np.float32)
    parts = np.fft.irfft(spectrum, _FRAME, axis=1).astype(np.float32) * window
    for number, part in enumerate(parts):
        made[number * _HOP : number * _HOP + _FRAME] += part
    return made[_FRAME : _FRAME + len(samples)] / np.float32(_FRAME / _HOP / 2)


def _whitened(observed: Spectrum) -> Spectrum:
    """(bins, frames) without the prediction from earlier frames."""
    bins, count = observed.shape
    if count < _LEAST_FRAMES:
        return observed
    past = np.zeros((bins, _TAPS, count), np.complex64)
    for tap in range(_TAPS):
        shift = _DELAY + tap
        past[:, tap, shift:] = observed[:, : count - shift]
    made = observed
    for _ in range(_ITERATIONS):
        power = np.square(np.abs(made))
        power = np.maximum(power, 1e-8 * power.max(axis=1, keepdims=True) + 1e-20)
        weighted = past / power[:, None, :]
        adjoint = past.conj().transpose(0, 2, 1)
        correlation = (weighted @ adjoint).astype(np.complex128)
        scale = np.trace(correlation, axis1=1, axis2=2).real / _TAPS
        correlation += (1e-5 * scale + 1e-12)[:, None, None] * np.eye(_TAPS)
        cross = (weighted @ observed.conj()[:, :, None]).astype(np.complex128)
        taps = np.linalg.solve(correlation, cross).astype(np.complex64)
        made = observed - (taps.conj().transpose(0, 2, 1) @ past)[:, 0]
    return made
