"""Clusters voices into an unknown number of speakers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

# More voices than this are clustered in parts, and then the parts' clusters: pairwise comparison grows with the
# square of the number.
_AT_ONCE = 4000

Vectors = NDArray[np.float32]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClusterThresholds:
    """Similarity thresholds, and the minimum seconds of speech per speaker.

    Average linkage stops at the similarity `alike`: the cosine of two voices divided by the cosine that their lengths
    let expect of one person. From the cosine `same` on, two speakers' means are merged. `least` is in seconds.
    """

    alike: float = 0.8
    same: float = 0.6
    least: float = 2.0


def linked(
    voices: Vectors, certainty: Values, seconds: Values, thresholds: ClusterThresholds, speakers: int | None = None
) -> NDArray[np.int64]:
    """The cluster of each of (n, d) unit vectors, from 0, by agglomerative clustering with average linkage.

    `certainty` is each vector's expected cosine with its person's true voice, `seconds` its speech. With `speakers`,
    there are as many clusters with enough speech, if the tree has them, and maybe some with less.
    """
    if len(voices) <= _AT_ONCE:
        return _tree_cut(voices, certainty, seconds, thresholds, speakers)
    # A finer threshold in the parts, so that speakers are not mixed.
    finer = ClusterThresholds(alike=(1 + thresholds.alike) / 2)
    groups = np.zeros(len(voices), np.int64)
    count = 0
    for start in range(0, len(voices), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        groups[part] = count + _tree_cut(voices[part], certainty[part], seconds[part], finer, None)
        count = int(groups[part].max()) + 1
    means, spoken = means_of(voices, seconds, groups)
    sure = np.sqrt(np.bincount(groups, seconds * certainty**2) / spoken)
    return linked(means, sure, spoken, thresholds, speakers)[groups] if count < len(voices) else groups


def means_of(voices: Vectors, seconds: Values, groups: NDArray[np.int64]) -> tuple[Vectors, Values]:
    """The mean unit vector of each cluster, weighted by `seconds`, and the seconds of each."""
    sums = np.zeros((int(groups.max()) + 1, voices.shape[1]))
    np.add.at(sums, groups, voices * seconds[:, None])
    lengths = np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9)
    return np.asarray(sums / lengths, np.float32), np.bincount(groups, seconds).astype(np.float64)


def merged(means: Vectors, spoken: Values, thresholds: ClusterThresholds) -> NDArray[np.int64]:
    """The speaker of each cluster, from 0: clusters whose means exceed `same` are merged, the most similar first."""
    speaker = np.arange(len(means))
    while len(means) > 1:
        alike = means @ means.T - 2 * np.eye(len(means))
        one, other = sorted(int(index) for index in np.unravel_index(int(np.argmax(alike)), alike.shape))
        if alike[one, other] < thresholds.same:
            break
        groups = np.arange(len(means))
        groups[other] = one
        groups[groups > other] -= 1
        speaker = groups[speaker]
        means, spoken = means_of(means, spoken, groups)
    return speaker


def _tree_cut(
    voices: Vectors, certainty: Values, seconds: Values, thresholds: ClusterThresholds, speakers: int | None
) -> NDArray[np.int64]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import pdist

    if len(voices) == 1:
        return np.zeros(1, np.int64)
    expected = np.outer(certainty, certainty)[np.triu_indices(len(voices), 1)]
    alike = (1 - pdist(voices.astype(np.float64), "cosine")) / expected
    # Distances are counted from the most similar pair, because linkage takes none below 0.
    most = float(alike.max())
    tree = linkage(most - alike, "average")
    if speakers is None:
        return np.asarray(fcluster(tree, most - thresholds.alike, "distance"), np.int64) - 1
    # A cough is a separate cluster early on: split until enough clusters have enough speech.
    for count in range(speakers, min(len(voices), 4 * speakers) + 1):
        groups = _split(tree, count)
        if np.count_nonzero(np.bincount(groups, seconds) >= thresholds.least) >= speakers:
            return groups
    return _split(tree, min(speakers, len(voices)))


def _split(tree: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """The tree's last `count` clusters; equal distances are split too."""
    from scipy.cluster.hierarchy import cut_tree

    return np.asarray(cut_tree(tree, count)[:, 0], np.int64)
