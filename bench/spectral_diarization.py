"""The plain pipeline of 3D-Speaker and senko, with the same networks: uniform windows and spectral clustering.

Y. Chen et al., "3D-Speaker-Toolkit", 2024: windows of 1.5 s every 0.6 s within speech, the affinity of cosines with
only the strongest kept in each row, the number of speakers by the largest gap of the Laplacian's eigenvalues.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize import locate_diarizer
from engine.speech.diarize.campplus import FRAMES, Embedding, mel_energies
from engine.speech.diarize.checkpoint import read_checkpoint
from engine.speech.diarize.pyannet import RATE, STEP, Segmentation
from engine.speech.diarize.windows import analyze_windows

_LENGTH, _HOP = 1.5, 0.6
_SHARE, _LEAST_KEPT, _MOST_SPEAKERS = 0.02, 6, 10
_SAME, _LEAST_WINDOWS = 0.875, 4


class SpectralDiarizer:
    """The loaded networks."""

    def __init__(self) -> None:
        model = locate_diarizer()
        self._segmentation = Segmentation(read_checkpoint(model.segmentation))
        self._embedding = Embedding(read_checkpoint(model.embedding))

    def diarize(self, samples: NDArray[np.float32]) -> list[tuple[float, float, str]]:
        """Turns (start, end, speaker) of 16 kHz mono, in seconds."""
        heard = analyze_windows(samples, self._segmentation, lambda _: None, None)
        speech = heard.mean(lambda active: active.max(axis=1)) > 0.5
        edges = np.flatnonzero(np.diff(np.concatenate([[False], speech, [False]]).astype(np.int8))) * STEP / RATE
        spans: list[tuple[float, float]] = []
        voices = []
        for start, end in zip(edges[::2], edges[1::2], strict=True):
            for at in np.arange(start, max(end - _LENGTH, start) + 1e-6, _HOP):
                window = samples[int(at * RATE) : int(min(at + _LENGTH, end) * RATE)]
                mels = mel_energies(window * 32768)
                if len(mels) >= 0.3 * FRAMES:
                    voices.append(self._embedding.of(mels))
                    spans.append((float(at), float(min(at + _LENGTH, end))))
        if not voices:
            return []
        return _turns(spans, _clusters(np.stack(voices).astype(np.float64)))


def _clusters(voices: NDArray[np.float64]) -> NDArray[np.int64]:
    from scipy.cluster.vq import kmeans2

    if len(voices) <= _LEAST_KEPT:
        return np.zeros(len(voices), np.int64)
    affinity = voices @ voices.T
    kept = max(_LEAST_KEPT, int(_SHARE * len(voices)))
    for row in affinity:
        row[np.argsort(row)[:-kept]] = 0
    affinity = (affinity + affinity.T) / 2
    np.fill_diagonal(affinity, 0)
    values, vectors = np.linalg.eigh(np.diag(np.abs(affinity).sum(axis=1)) - affinity)
    count = int(np.argmax(np.diff(values[: _MOST_SPEAKERS + 1]))) + 1
    _, labels = kmeans2(vectors[:, :count], count, minit="++", seed=0)
    return _merged(voices, labels.astype(np.int64))


def _merged(voices: NDArray[np.float64], labels: NDArray[np.int64]) -> NDArray[np.int64]:
    """Removes clusters of a few windows, and merges those with similar means."""
    large = [one for one in np.unique(labels) if np.count_nonzero(labels == one) >= _LEAST_WINDOWS]
    if not large:
        return np.zeros(len(voices), np.int64)
    means = np.stack([voices[labels == one].mean(axis=0) for one in large])
    means /= np.linalg.norm(means, axis=1, keepdims=True)
    nearest = np.argmax(voices @ means.T, axis=1)
    labels = np.array([large.index(one) if one in large else near for one, near in zip(labels, nearest, strict=True)])
    for one in range(len(large)):
        for other in range(one):
            if means[one] @ means[other] > _SAME:
                labels[labels == one] = other
    return labels


def _turns(spans: list[tuple[float, float]], labels: NDArray[np.int64]) -> list[tuple[float, float, str]]:
    """One turn per run of windows; overlapping windows of two speakers meet in the middle."""
    turns: list[tuple[float, float, str]] = []
    for (start, end), label in zip(spans, labels, strict=True):
        if turns and turns[-1][2] == str(label) and start <= turns[-1][1] + 1e-3:
            turns[-1] = turns[-1][0], end, str(label)
            continue
        if turns and start < turns[-1][1]:
            middle = (start + turns[-1][1]) / 2
            turns[-1], start = (turns[-1][0], middle, turns[-1][2]), middle
        turns.append((start, end, str(label)))
    return turns
