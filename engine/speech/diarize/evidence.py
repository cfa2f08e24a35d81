"""Embeds pieces of speech, with the certainty that their length gives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.errors import Cancelled
from engine.speech.diarize import campplus, pyannet
from engine.speech.diarize.campplus import Embedding, mel_energies
from engine.speech.diarize.pyannet import FRAMES
from engine.speech.diarize.stretches import LONGEST, Piece

# Shorter speech has no embedding, in seconds.
_LEAST = 0.3

# The cosine of two embeddings of one person, each of s seconds, is about s / (s + _HALF).
_HALF = 1.5


@dataclass(frozen=True, slots=True)
class Evidence:
    """The embedded pieces: (n, 192) unit vectors and, for each, its piece, the seconds of it and of the embedding."""

    voices: NDArray[np.float32]
    pieces: tuple[int, ...]
    seconds: NDArray[np.float64]
    embedded: NDArray[np.float64]


def certainty(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The expected cosine, 0 to 1, of embeddings of that many seconds with the person's true voice."""
    return np.asarray(np.sqrt(seconds / (seconds + _HALF)))


def embed(
    samples: NDArray[np.float32],
    pieces: Sequence[Piece],
    embedding: Embedding,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool] | None,
) -> Evidence:
    """Embeds the pieces of 16 kHz mono. `progress` gets the share done, 0 to 1. Raises Cancelled."""
    voices, used, embedded = [], [], []
    for number in range(len(pieces)):
        if cancelled and cancelled():
            raise Cancelled("Diarization was cancelled.", "Run it again.")
        frames = _widened(pieces, number)
        mels = _mels(samples, frames)
        if len(mels) >= _LEAST * campplus.FRAMES:
            voices.append(embedding.of(mels))
            used.append(number)
            embedded.append(len(mels) / campplus.FRAMES)
        progress((number + 1) / len(pieces))
    return Evidence(
        np.stack(voices) if voices else np.zeros((0, 0), np.float32),
        tuple(used),
        np.array([len(pieces[number].frames) / FRAMES for number in used]),
        np.array(embedded),
    )


def _widened(pieces: Sequence[Piece], number: int) -> NDArray[np.int64]:
    """The frames of a piece, with the nearest ones of its neighbours in its phrase up to LONGEST in all.

    Beyond a pause another person may speak, whom the networks did not notice.
    """
    own = pieces[number]
    before, after = (
        pieces[other].frames
        if 0 <= other < len(pieces) and pieces[other].phrase == own.phrase
        else np.zeros(0, np.int64)
        for other in (number - 1, number + 1)
    )
    wanted = max(0, round(LONGEST * FRAMES) - len(own.frames))
    left = min(len(before), max(wanted // 2, wanted - len(after)))
    return np.concatenate([before[len(before) - left :], own.frames, after[: wanted - left]])


def _mels(samples: NDArray[np.float32], frames: NDArray[np.int64]) -> NDArray[np.float32]:
    """The log mel energies at these frames of the segmentation, matched by the centres of both receptive fields."""
    centre = pyannet.REACH / 2
    start = max(0, int(frames[0] * pyannet.STEP + centre - campplus.REACH))
    stop = int(frames[-1] * pyannet.STEP + centre + campplus.REACH)
    mels = mel_energies(samples[start:stop] * 32768)
    middles = (start + np.arange(len(mels)) * campplus.SHIFT + campplus.REACH / 2 - centre) / pyannet.STEP
    return mels[np.isin(np.round(middles).astype(np.int64), frames)]
