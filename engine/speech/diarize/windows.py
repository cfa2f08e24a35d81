"""Analyses a recording in overlapping windows: local speakers and their voices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.speech.diarize import campplus, pyannet
from engine.speech.diarize.campplus import Embedding, mel_energies
from engine.speech.diarize.pyannet import STEP, WINDOW, Segmentation

# Windows start this many frames apart (2.5 s): every moment is in four windows, at four positions.
HOP = 148
_AT_ONCE = 8

# Minimum seconds of speech for an embedding.
_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class WindowSpeaker:
    """One of the local speakers, at most three, of a window.

    `speaks` is per frame of the window. `voice` is a unit vector, None with too little speech; `alone` is the seconds
    of speech alone.
    """

    window: int
    speaks: NDArray[np.bool_]
    voice: NDArray[np.float32] | None
    alone: float


@dataclass(frozen=True, slots=True)
class WindowedSpeech:
    """The local speakers of all windows of a recording; each window has `frames` frames."""

    windows: int
    frames: int
    locals: list[WindowSpeaker]


def analyze_windows(
    samples: NDArray[np.float32],
    segmentation: Segmentation,
    embedding: Embedding,
    progress: Callable[[float], None] | None,
    cancelled: Callable[[], bool] | None,
) -> WindowedSpeech:
    """Analyses 16 kHz mono. `progress` gets the share done, 0 to 1. Raises Cancelled."""
    count = 1 + max(0, -(-(len(samples) - WINDOW) // (HOP * STEP)))
    found: list[WindowSpeaker] = []
    frames = 0
    for first, windows in _windows(samples, count):
        if cancelled and cancelled():
            raise Cancelled("Diarization was cancelled.", "Run it again.")
        speaking = segmentation.speaking(windows)
        frames = speaking.shape[1]
        for number, (window, speaks) in enumerate(zip(windows, speaking, strict=True), first):
            found.extend(_voices(number, window, _within(speaks, number, len(samples)), embedding))
        if progress:
            progress(min(1.0, (first + len(windows)) / count))
    return WindowedSpeech(count, frames, found)


def _windows(samples: NDArray[np.float32], count: int) -> Iterator[tuple[int, NDArray[np.float32]]]:
    for first in range(0, count, _AT_ONCE):
        batch = np.zeros((min(_AT_ONCE, count - first), WINDOW), np.float32)
        for row in range(len(batch)):
            piece = samples[(first + row) * HOP * STEP :][:WINDOW]
            batch[row, : len(piece)] = piece
        yield first, batch


def _within(speaks: NDArray[np.bool_], number: int, length: int) -> NDArray[np.bool_]:
    """Clears the activity after the recording's end, where the last window is padded with silence."""
    left = max(0, -(-(length - number * HOP * STEP) // STEP))
    speaks = speaks.copy()
    speaks[left:] = False
    return speaks


def _voices(
    number: int, window: NDArray[np.float32], speaks: NDArray[np.bool_], embedding: Embedding
) -> Iterator[WindowSpeaker]:
    if not speaks.any():
        return
    mels = mel_energies(window * 32768)
    # Match the frames of the two networks by the centres of their receptive fields.
    middles = (np.arange(len(mels)) * campplus.SHIFT + campplus.REACH / 2 - pyannet.REACH / 2) / STEP
    at = np.clip(np.round(middles).astype(np.int64), 0, len(speaks) - 1)
    crowd = speaks.sum(axis=1) > 1
    for local in range(speaks.shape[1]):
        mine = speaks[:, local]
        if not mine.any():
            continue
        alone = (mine & ~crowd)[at]
        picked = alone if alone.sum() >= _ENOUGH * campplus.FRAMES else mine[at]
        voice = embedding.of(mels[picked]) if picked.sum() >= _ENOUGH * campplus.FRAMES else None
        yield WindowSpeaker(number, mine, voice, float(alone.sum() / campplus.FRAMES))
