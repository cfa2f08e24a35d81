"""Clusters voices into an unknown number of speakers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# More voices than this are clustered in parts, and then the parts' clusters: pairwise comparison grows with the
# square of the number.
_AT_ONCE = 4000

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClusterThresholds:
    """Cosine similarity thresholds, and the minimum seconds of speech per speaker.

    `alike` stops average linkage, with the value of 3D-Speaker's recipe for this network; from `same` on, two
    speakers' means are merged. `least` is in seconds.
    """

    alike: float = 0.4
    same: float = 0.65
    least: float = 3.0


def speakers_of(
    voices: Vectors, seconds: NDArray[np.float64], thresholds: ClusterThresholds, speakers: int | None = None
) -> Vectors:
    """The mean unit vector of each speaker, (speakers, d), from (n, d) unit vectors with their seconds of speech.

    Uses agglomerative clustering with average linkage of cosines. Clusters with too little speech are dropped. With
    `speakers`, returns at most that many.
    """
    if not len(voices):
        return voices
    if len(voices) > _AT_ONCE:
        voices, seconds = _condensed(voices, seconds, thresholds)
    groups = _linked(voices, thresholds, speakers, seconds)
    means, spoken = _means(voices, seconds, groups)
    if speakers is not None:
        return means[np.argsort(-spoken, kind="stable")[:speakers]]
    return _merged(_believed(means, spoken, thresholds), thresholds)


def _condensed(
    voices: Vectors, seconds: NDArray[np.float64], thresholds: ClusterThresholds
) -> tuple[Vectors, NDArray[np.float64]]:
    """Replaces the voices of each part by its clusters, with a finer threshold so that speakers are not mixed."""
    finer = ClusterThresholds(alike=(1 + thresholds.alike) / 2)
    parts = []
    for start in range(0, len(voices), _AT_ONCE):
        part, spoken = voices[start : start + _AT_ONCE], seconds[start : start + _AT_ONCE]
        parts.append(_means(part, spoken, _linked(part, finer, None, spoken)))
    means, spoken = (np.concatenate(each) for each in zip(*parts, strict=True))
    return means, spoken


def _linked(
    voices: Vectors, thresholds: ClusterThresholds, speakers: int | None, seconds: NDArray[np.float64]
) -> NDArray[np.int64]:
    """The cluster of each voice, from 0."""
    if len(voices) == 1:
        return np.zeros(1, np.int64)
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    tree = linkage(np.maximum(pdist(voices.astype(np.float64), "cosine"), 0), "average")
    if speakers is None:
        return np.asarray(fcluster(tree, 1 - thresholds.alike, "distance"), np.int64) - 1
    groups = np.zeros(len(voices), np.int64)
    # A cough is a separate cluster early on: split until enough clusters have enough speech.
    for count in range(1, len(voices) + 1):
        groups = np.asarray(fcluster(tree, count, "maxclust"), np.int64) - 1
        if np.count_nonzero(np.bincount(groups, seconds) >= thresholds.least) >= speakers:
            break
        if count >= 4 * speakers:
            return np.asarray(fcluster(tree, speakers, "maxclust"), np.int64) - 1
    return groups


def _means(
    voices: Vectors, seconds: NDArray[np.float64], groups: NDArray[np.int64]
) -> tuple[Vectors, NDArray[np.float64]]:
    sums = np.zeros((int(groups.max()) + 1, voices.shape[1]))
    np.add.at(sums, groups, voices * seconds[:, None])
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return np.asarray(sums / lengths, np.float32), np.bincount(groups, seconds).astype(np.float64)


def _believed(
    means: Vectors, spoken: NDArray[np.float64], thresholds: ClusterThresholds
) -> tuple[Vectors, NDArray[np.float64]]:
    enough = spoken >= thresholds.least
    if not enough.any():
        enough = spoken == spoken.max()
    return means[enough], spoken[enough]


def _merged(believed: tuple[Vectors, NDArray[np.float64]], thresholds: ClusterThresholds) -> Vectors:
    """Merges speakers whose means exceed `same`, the most similar first."""
    means, spoken = believed
    while len(means) > 1:
        alike = means @ means.T - 2 * np.eye(len(means))
        one, other = np.unravel_index(int(np.argmax(alike)), alike.shape)
        if alike[one, other] < thresholds.same:
            break
        groups = np.arange(len(means))
        groups[max(one, other)] = min(one, other)
        groups[groups > max(one, other)] -= 1
        means, spoken = _means(means, spoken, groups)
    return means
