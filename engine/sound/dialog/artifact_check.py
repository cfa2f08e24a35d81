"""Checks whether cleaning damaged the speech, by comparing the result with the recording."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, Field

from engine.catalog import FrozenModel
from engine.sound.dialog.analysis import Levels
from engine.sound.dialog.filters import decibels

# Before and after are compared only in loud speech, where noise does not dominate.
_LOUD_SHARE = 70
_ATTENUATED_DB = 12.0

LEAST_CORRELATION = 0.85
MOST_ATTENUATED = 0.05
MOST_PUMPING_DB = 2.0
LEAST_AGREEMENT = 0.99
_CONFIDENCE_MARGIN = 0.02


@dataclass(frozen=True, slots=True)
class Words:
    """Words recognised by a speech model, in order, and the overall confidence, 0 to 1."""

    words: tuple[str, ...]
    confidence: float


Recognizer = Callable[[Path | None], Words]
"""Recognises the words of a finished file, or of the recording (None)."""


class ArtifactReport(FrozenModel):
    """The damage caused by cleaning; `faults` describe the values beyond their limits.

    `correlation`: of the speech band level before and after, in loud speech. `attenuated`: the share of loud speech
    that lost 12 dB more than the median. `pumping_db`: the change of the level gains from one tenth of a second to the
    next without speech (95th percentile). `clipped`: additional samples at its own ceiling. `agreement`: the share of
    recognised words that match. `confidence`: the model's confidence before and after. Both are None if the words were
    not compared.
    """

    correlation: float
    attenuated: float = Field(validation_alias=AliasChoices("attenuated", "swallowed"))
    pumping_db: float
    clipped: int
    agreement: float | None = None
    confidence: tuple[float, float] | None = None
    faults: tuple[str, ...] = ()


def compare_levels(
    before: Levels, after: Levels, speaking: NDArray[np.bool_], gain_db: NDArray[np.float64], clipped: int
) -> ArtifactReport:
    """Compares the levels of the same frames before and after.

    `gain_db` is the gain of the level-changing stages every 100 ms, `clipped` the number of additional clipped samples.
    """
    count = min(len(before.power), len(after.power))
    speaking = speaking[:count]
    first, second = decibels(before.speech_band[:count]), decibels(after.speech_band[:count])
    correlation, attenuated = 1.0, 0.0
    if speaking.sum() >= 20:
        limit = np.percentile(first[speaking], 100 - _LOUD_SHARE)
        loud = np.flatnonzero(speaking & (first >= limit))
        changes = second[loud] - first[loud]
        attenuated = float(np.mean(changes < np.median(changes) - _ATTENUATED_DB))
        if np.std(first[loud]) > 0 and np.std(second[loud]) > 0:
            correlation = float(np.corrcoef(first[loud], second[loud])[0, 1])
    report = ArtifactReport(
        correlation=round(correlation, 4),
        attenuated=round(attenuated, 4),
        pumping_db=round(_pumping(gain_db, speaking), 2),
        clipped=max(0, clipped),
    )
    faults = []
    if report.correlation < LEAST_CORRELATION:
        faults.append(f"speech envelope correlation is only {report.correlation:.2f}")
    if report.attenuated > MOST_ATTENUATED:
        faults.append(f"{report.attenuated:.0%} of loud speech is attenuated")
    if report.pumping_db > MOST_PUMPING_DB:
        faults.append(f"background noise pumps by {report.pumping_db:.1f} dB")
    if report.clipped:
        faults.append(f"{report.clipped} more samples clip than before")
    return report.model_copy(update={"faults": tuple(faults)})


def compare_words(report: ArtifactReport, before: Words, after: Words) -> ArtifactReport:
    """Adds the comparison of recognised words; changed words are a fault unless the confidence increased."""
    if not before.words and not after.words:
        return report
    agreement = SequenceMatcher(None, before.words, after.words, autojunk=False).ratio()
    faults = report.faults
    lost = agreement < LEAST_AGREEMENT and after.confidence < before.confidence + _CONFIDENCE_MARGIN
    if lost or (before.words and not after.words):
        faults = (*faults, f"only {agreement:.0%} of the recognised words match, without higher confidence")
    return report.model_copy(
        update={
            "agreement": round(agreement, 4),
            "confidence": (round(before.confidence, 4), round(after.confidence, 4)),
            "faults": faults,
        }
    )


def _pumping(gain_db: NDArray[np.float64], speaking: NDArray[np.bool_]) -> float:
    cells = len(speaking) // 10
    quiet = np.asarray(~speaking[: cells * 10].reshape(-1, 10).any(axis=1))
    steps = np.abs(np.diff(gain_db[:cells]))
    between = steps[quiet[1 : len(steps) + 1] & quiet[: len(steps)]]
    return float(np.percentile(between, 95)) if len(between) >= 5 else 0.0
