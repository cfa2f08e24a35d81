"""The speakers of a recording, from its embedded pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engine.speech.diarize.bayesian_hmm import HmmScales, refine
from engine.speech.diarize.clustering import ClusterThresholds, linked, means_of, merged
from engine.speech.diarize.evidence import Evidence, certainty
from engine.speech.diarize.stretches import Piece

# Only embeddings of this many seconds are clustered, if there are enough; the others are assigned later.
_SURE = 1.0
# The probability that a piece has the speaker of the one before, in one stretch and in two.
_SAME_STRETCH, _NEXT_STRETCH = 0.9, 0.2

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Speakers:
    """The mean unit vector of each speaker, (speakers, d), its seconds alone, and its share of each piece.

    `share` is (pieces, speakers); each row sums to 1, or to 0 for a piece without an embedding.
    """

    means: NDArray[np.float32]
    seconds: Values
    share: Values


def find_speakers(
    pieces: Sequence[Piece], evidence: Evidence, thresholds: ClusterThresholds, scales: HmmScales, count: int | None
) -> Speakers:
    """The speakers; with `count`, that many if there are as many embedded pieces."""
    if not len(evidence.voices):
        return Speakers(np.zeros((0, 0), np.float32), np.zeros(0), np.zeros((len(pieces), 0)))
    certain = certainty(evidence.embedded)
    stretch = np.array([pieces[number].stretch for number in evidence.pieces])
    groups = _first_clusters(evidence, certain, thresholds, count)
    stay = np.where(np.diff(stretch, prepend=-1) == 0, _SAME_STRETCH, _NEXT_STRETCH)
    # Pieces share the speech around them: together they are no more evidence than their own seconds.
    weight = np.minimum(evidence.seconds / evidence.embedded, 1)
    share = refine(evidence.voices, certain, weight, stay, groups, scales, keep_all=count is not None)
    if count is None:
        share = _believed(evidence, share, thresholds)
    else:
        share = _columns(evidence, share, _largest(share, evidence.seconds, count))
        if not np.bincount(share.argmax(axis=1), minlength=share.shape[1]).all():
            # The model merged two speakers that the user tells apart.
            first = np.eye(int(groups.max()) + 1)[groups]
            share = _columns(evidence, first, _largest(first, evidence.seconds, count))
    means, seconds = means_of(evidence.voices, evidence.seconds, share.argmax(axis=1))
    whole = np.zeros((len(pieces), share.shape[1]))
    whole[list(evidence.pieces)] = share
    return Speakers(means, seconds, whole)


def _first_clusters(
    evidence: Evidence, certain: Values, thresholds: ClusterThresholds, count: int | None
) -> NDArray[np.int64]:
    """The first cluster of each piece: the sure ones are clustered, the others go to the most similar cluster."""
    sure = evidence.embedded >= _SURE
    if np.count_nonzero(sure) < (count or 1):
        sure = np.ones(len(sure), np.bool_)
    voices, seconds = evidence.voices[sure], evidence.seconds[sure]
    groups = linked(voices, certain[sure], seconds, thresholds, count)
    means, _ = means_of(voices, seconds, groups)
    nearest = np.argmax(evidence.voices @ means.T, axis=1)
    nearest[sure] = groups
    return np.asarray(nearest, np.int64)


def _believed(evidence: Evidence, share: Values, thresholds: ClusterThresholds) -> Values:
    """Drops speakers with too little speech, and merges those that are one person."""
    spoken = (share * evidence.seconds[:, None]).sum(axis=0)
    enough = spoken >= thresholds.least
    if not enough.any():
        enough = spoken == spoken.max()
    share = _columns(evidence, share, np.flatnonzero(enough))
    speaker = merged(_means(evidence, share), spoken[enough], thresholds)
    share = share @ np.eye(int(speaker.max()) + 1)[speaker]
    # A speaker that is the most likely one nowhere has no turn.
    return _columns(evidence, share, np.unique(share.argmax(axis=1)))


def _columns(evidence: Evidence, share: Values, chosen: NDArray[np.int64]) -> Values:
    """The shares of the chosen speakers; the pieces of the others go to the most similar one."""
    share = share[:, chosen]
    total = share.sum(axis=1, keepdims=True)
    lost = total[:, 0] < 0.5
    if lost.any():
        nearest = np.argmax(evidence.voices[lost] @ _means(evidence, share).T, axis=1)
        share[lost] = np.eye(len(chosen))[nearest]
        total[lost] = 1
    return np.asarray(share / total)


def _means(evidence: Evidence, share: Values) -> NDArray[np.float32]:
    sums = share.T @ (evidence.voices * evidence.seconds[:, None])
    return np.asarray(sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9), np.float32)


def _largest(share: Values, seconds: Values, count: int) -> NDArray[np.int64]:
    """The columns of the `count` speakers with most speech, in their own order."""
    spoken = (share * seconds[:, None]).sum(axis=0)
    return np.sort(np.argsort(-spoken, kind="stable")[:count])
