"""Refines clusters of voices by a hidden Markov model with a Bayesian speaker model in each state.

F. Landini et al., "Bayesian HMM clustering of x-vector sequences (VBx) in speaker diarization: theory, implementation
and analysis on standard tasks", 2022. Each voice has its own variance here, because short speech says less.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_ROUNDS = 20
# A speaker with a smaller share of the recording is dropped.
_LEAST_SHARE = 1e-4
_STEADY = 1e-4


@dataclass(frozen=True, slots=True)
class HmmScales:
    """VBx's scales of the evidence and of the speaker prior.

    `acoustic` is below 1 because the errors of a voice are not independent in all dimensions.
    """

    acoustic: float = 0.3
    prior: float = 1.0


def refine(
    voices: NDArray[np.float32],
    certainty: Values,
    weight: Values,
    stay: Values,
    groups: NDArray[np.int64],
    scales: HmmScales,
    *,
    keep_all: bool = False,
) -> Values:
    """The probability of each speaker for each voice, (n, speakers), in the order of `groups`.

    `voices` are unit vectors in order of time. `weight`, 0 to 1, is the share of each that no other voice contains;
    `stay[n]` is the probability that voice n continues the speaker of the one before. Speakers that explain nothing are
    dropped, unless `keep_all`.
    """
    count = int(groups.max()) + 1
    share = np.full((len(voices), count), 0.1 / max(count - 1, 1))
    share[np.arange(len(voices)), groups] = 0.9 if count > 1 else 1.0
    chance = np.full(count, 1 / count)
    # Unit vectors shrink towards noise when they are uncertain: scaled back, they scatter around the true voice.
    values = voices / certainty[:, None]
    precision = weight * voices.shape[1] * certainty**2 / np.maximum(1 - certainty**2, 1e-3)
    for _ in range(_ROUNDS):
        likely = _log_likelihoods(values, precision, share, scales)
        before, share, chance = share, *_forward_backward(likely, stay, chance)
        if not keep_all and (chance < _LEAST_SHARE).any():
            stays = chance >= _LEAST_SHARE
            chance = chance[stays] / chance[stays].sum()
            share = share[:, stays] / np.maximum(share[:, stays].sum(axis=1, keepdims=True), 1e-12)
        elif np.abs(share - before).max() < _STEADY:
            break
        if keep_all:
            chance = np.full(count, 1 / count)
    return share


def _log_likelihoods(values: Values, precision: Values, share: Values, scales: HmmScales) -> Values:
    """log p(voice | speaker), but for a term that is equal for all speakers: (n, speakers)."""
    dimensions = values.shape[1]
    ratio = scales.acoustic / scales.prior
    weights = share * precision[:, None]
    variance = 1 / (dimensions + ratio * weights.sum(axis=0))
    means = ratio * variance[:, None] * (weights.T @ values)
    sizes = (means**2).sum(axis=1) + dimensions * variance
    return np.asarray(scales.acoustic * precision[:, None] * (values @ means.T - sizes / 2))


def _forward_backward(likely: Values, stay: Values, chance: Values) -> tuple[Values, Values]:
    """The probability of each state for each voice, and the states' new chances."""
    count = len(likely)
    emitted = np.exp(likely - likely.max(axis=1, keepdims=True))
    forward, backward = np.zeros_like(emitted), np.ones_like(emitted)
    scale = np.zeros(count)
    for number in range(count):
        expected = chance if not number else stay[number] * forward[number - 1] + (1 - stay[number]) * chance
        forward[number] = np.maximum(expected * emitted[number], 1e-300)
        scale[number] = forward[number].sum()
        forward[number] /= scale[number]
    for number in range(count - 2, -1, -1):
        ahead = emitted[number + 1] * backward[number + 1] / scale[number + 1]
        backward[number] = stay[number + 1] * ahead + (1 - stay[number + 1]) * (chance @ ahead)
    share = forward * backward
    share /= share.sum(axis=1, keepdims=True)
    # The expected number of times that each state is entered.
    entered = share[0] + ((1 - stay[1:, None]) * chance * emitted[1:] * backward[1:] / scale[1:, None]).sum(axis=0)
    return share, entered / entered.sum()
