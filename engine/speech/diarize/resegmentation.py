"""Assigns every frame of speech to the recording's speakers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.pyannet import FRAMES
from engine.speech.diarize.speakers import Speakers
from engine.speech.diarize.stretches import Piece
from engine.speech.diarize.windows import WindowedSpeech

# A local speaker's identity is what the pieces around a frame say, with weights that fall by e in this many seconds:
# two people can be one local speaker of a window.
_MEMORY = 0.5
# A local speaker is active in a window above this probability.
_ACTIVE = 0.5


def speaking(heard: WindowedSpeech, pieces: Sequence[Piece], speakers: Speakers) -> NDArray[np.bool_]:
    """(frames of the recording, speakers): whether each speaker speaks.

    The number of active speakers is the average over the windows. Each window votes for the speakers that its local
    speakers are, by the pieces nearby in which they speak alone.
    """
    count = speakers.share.shape[1]
    known = np.zeros((heard.length, count), np.float32)
    for piece, share in zip(pieces, speakers.share, strict=True):
        known[piece.frames] = share
    said = np.zeros((heard.length, count), np.float32)
    for start, stop, active in heard.spans():
        for local in range(active.shape[1]):
            mine = (active[:, local, None] > _ACTIVE).astype(np.float32)
            if not mine.any():
                continue
            identity = _spread(mine * known[start:stop])
            total = identity.sum(axis=1, keepdims=True)
            said[start:stop] += np.where(total > 1e-4, mine * identity / np.maximum(total, 1e-9), 0)
    active_speakers = np.floor(heard.mean(lambda active: (active > _ACTIVE).sum(axis=1).astype(np.float32)) + 0.5)
    number = np.minimum(active_speakers, (said > 0).sum(axis=1)).astype(np.int64)
    rank = np.argsort(np.argsort(-said, axis=1, kind="stable"), axis=1, kind="stable")
    return np.asarray((rank < number[:, None]) & (said > 0))


def _spread(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The values, spread over the frames before and after with exponential weights."""
    from scipy.signal import lfilter

    keep = float(np.exp(-1 / (_MEMORY * FRAMES)))
    forward = lfilter([1.0], [1.0, -keep], values, axis=0)
    backward = lfilter([1.0], [1.0, -keep], values[::-1], axis=0)[::-1]
    return np.asarray(forward + backward - values, np.float32)
