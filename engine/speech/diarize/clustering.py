"""Voices gathered into speakers, whose number nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# Above so many voices they are gathered in parts, and the parts' speakers after that: what is compared with
# everything grows with the square of its number.
_AT_ONCE = 4000

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClusterThresholds:
    """How alike voices must be, as a cosine, and for how many seconds a speaker speaks at the least.

    `alike` is where average linkage stops, the value of 3D-Speaker's recipe for this network; `same` is where
    two speakers' means are taken for one person.
    """

    alike: float = 0.4
    same: float = 0.65
    least: float = 3.0


def speakers_of(
    voices: Vectors, seconds: NDArray[np.float64], thresholds: ClusterThresholds, speakers: int | None = None
) -> Vectors:
    """(n, d) unit vectors, each of so many seconds of speech, to (speakers, d): how each sounds on average.

    By average linkage of cosines (agglomerative). Groups that speak too little to be believed join whom they sound
    most like. With `speakers` there are that many, or as many as there are voices.
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
    """Each part's speakers instead of its voices, parted rather too finely than too coarsely."""
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
    """Which group each voice is in, from 0."""
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    if len(voices) == 1:
        return np.zeros(1, np.int64)
    tree = linkage(np.maximum(pdist(voices.astype(np.float64), "cosine"), 0), "average")
    if speakers is None:
        return np.asarray(fcluster(tree, 1 - thresholds.alike, "distance"), np.int64) - 1
    groups = np.zeros(len(voices), np.int64)
    # A cough is a group of its own early on: cut until so many groups speak long enough.
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
    """Speakers whose means are one person's become one, the most alike first."""
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
