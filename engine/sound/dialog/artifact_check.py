"""Checks whether cleaning damaged the speech, by comparing the result with the recording."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from pydantic import AliasChoices, Field

from engine.catalog import FrozenModel
from engine.sound.dialog.analysis import Levels
from engine.sound.dialog.filters import decibels
from engine.sound.dialog.speech_estimate import estimate_speech, expected_power, level_changes
from engine.sound.dialog.word_losses import WordComparison, least_share

# Speech is compared in its loudest frames, where its estimate is most reliable.
_LOUD_SHARE = 70
_ATTENUATED_DB = 12.0
# The levels of neighbouring frames of 10 ms depend on each other: so many of them count as one observation.
_DEPENDENT = 10
_LEAST_OBSERVATIONS = 8

LEAST_CORRELATION = 0.85
# The model of a room is not exact: a voice without its room has 0.66 to 0.78, one with missing speech 0.4.
LEAST_CORRELATION_IN_ROOM = 0.5
_ROOM_S = 0.2
MOST_ATTENUATED = 0.05
MOST_PUMPING_DB = 2.0
# Of the recognised words, this share may be lost, and this share may be different ones of which the model is not sure.
MOST_LOST = 0.02
MOST_UNSURE = 0.33
_LEAST_LOST = 1.5


class ArtifactReport(FrozenModel):
    """The damage caused by cleaning; `faults` describe the values beyond their limits.

    `correlation`: of the estimated level of the speech and the level after cleaning, in loud speech. `attenuated`: the
    share of loud speech that lost 12 dB more than the median. `pumping_db`: the change of the level gains from one
    tenth of a second to the next without speech (95th percentile). `clipped`: additional samples at its own
    ceiling.

    `agreement`: the share of recognised words that match. `confidence`: the model's mean confidence before and after.
    `heard`: the words recognised before cleaning, in `heard_s` seconds of the recording. `lost` and `restored`: how
    many words are expected to be lost, and to be right only after cleaning. Words are compared only where isolation
    changed the speech; without such a place, or without a speech model, these values are None and 0. In `shared_s` of
    the `heard_s` seconds, the words before cleaning are those of the take's transcript.
    """

    correlation: float
    attenuated: float = Field(validation_alias=AliasChoices("attenuated", "swallowed"))
    pumping_db: float
    clipped: int
    agreement: float | None = None
    confidence: tuple[float, float] | None = None
    heard: int = 0
    heard_s: float = 0.0
    shared_s: float = 0.0
    lost: float = 0.0
    restored: float = 0.0
    faults: tuple[str, ...] = ()

    @property
    def hearing_note(self) -> str:
        """The origin of the words before cleaning, in a phrase; empty if no words were compared."""
        if self.agreement is None:
            return ""
        heard = self.heard_s - self.shared_s
        if not self.shared_s:
            return f"words before cleaning: recognised in {self.heard_s:.0f} s of the recording"
        again = f"; recognised again in {heard:.0f} s that differ" if round(heard) else ""
        return f"words before cleaning: those of the take's transcript in {self.shared_s:.0f} s{again}"


def compare_levels(
    before: Levels,
    after: Levels,
    speaking: NDArray[np.bool_],
    gain_db: NDArray[np.float64],
    clipped: int,
    rt60: float = 0.0,
) -> ArtifactReport:
    """Compares the level after cleaning with the estimated level of the clean speech, in the same frames.

    `gain_db` is the gain of the level-changing stages every 100 ms, `clipped` the number of additional clipped samples,
    `rt60` the room's reverberation time in seconds, 0 if it is unknown.
    A value is a fault only if it exceeds its limit beyond its uncertainty (one-sided 95 %).
    """
    count = min(len(before.power), len(after.power))
    speaking = speaking[:count]
    estimate, heard = estimate_speech(before), expected_power(after.speech_band, rt60)
    frames = np.flatnonzero(speaking & estimate.reliable[:count])
    correlation, attenuated, observations = 1.0, 0.0, 0.0
    if len(frames) >= 20:
        levels = decibels(estimate.speech[frames])
        loud = frames[levels >= np.percentile(levels, 100 - _LOUD_SHARE)]
        first, second = decibels(estimate.speech[loud]), decibels(heard[loud])
        attenuated = float(np.mean(level_changes(estimate, heard, loud) < -_ATTENUATED_DB))
        if np.std(first) > 0 and np.std(second) > 0:
            correlation = float(np.corrcoef(first, second)[0, 1])
        observations = len(loud) / _DEPENDENT
    report = ArtifactReport(
        correlation=round(correlation, 4),
        attenuated=round(attenuated, 4),
        pumping_db=round(_pumping(gain_db, speaking), 2),
        clipped=max(0, clipped),
    )
    faults = []
    least = LEAST_CORRELATION_IN_ROOM if rt60 > _ROOM_S else LEAST_CORRELATION
    if _highest_correlation(correlation, observations) < least:
        faults.append(f"speech envelope correlation is only {report.correlation:.2f}")
    if least_share(attenuated * observations, observations) > MOST_ATTENUATED:
        faults.append(f"{report.attenuated:.0%} of loud speech is attenuated")
    if report.pumping_db > MOST_PUMPING_DB:
        faults.append(f"background noise pumps by {report.pumping_db:.1f} dB")
    if report.clipped:
        faults.append(f"{report.clipped} more samples clip than before")
    return report.model_copy(update={"faults": tuple(faults)})


def with_words(
    report: ArtifactReport, words: WordComparison | None, heard_s: float, shared_s: float = 0.0
) -> ArtifactReport:
    """Adds the comparison of recognised words. Corrected words are no fault, and few words are no evidence.

    Lost words are a fault, and so are words that are mostly different ones of which the model is not sure.
    """
    if words is None or not words.before + words.after:
        return report
    faults = report.faults
    if words.lost >= _LEAST_LOST and least_share(words.lost, words.before) > MOST_LOST:
        faults = (*faults, f"about {words.lost:.0f} of {words.before} recognised words are lost")
    elif least_share(words.unsure, max(words.before, words.after)) > MOST_UNSURE:
        faults = (*faults, f"only {words.agreement:.0%} of the recognised words match, and the others are uncertain")
    return report.model_copy(
        update={
            "agreement": round(words.agreement, 4),
            "confidence": (round(words.confidence[0], 4), round(words.confidence[1], 4)),
            "heard": words.before,
            "heard_s": round(heard_s, 2),
            "shared_s": round(shared_s, 2),
            "lost": round(words.lost, 2),
            "restored": round(words.restored, 2),
            "faults": faults,
        }
    )


def _highest_correlation(correlation: float, observations: float) -> float:
    """The upper bound of a correlation (R. A. Fisher's z); 1 if there are few observations."""
    if observations < _LEAST_OBSERVATIONS:
        return 1.0
    return math.tanh(math.atanh(min(correlation, 0.9999)) + 1.645 / math.sqrt(observations - 3))


def _pumping(gain_db: NDArray[np.float64], speaking: NDArray[np.bool_]) -> float:
    cells = len(speaking) // 10
    quiet = np.asarray(~speaking[: cells * 10].reshape(-1, 10).any(axis=1))
    steps = np.abs(np.diff(gain_db[:cells]))
    between = steps[quiet[1 : len(steps) + 1] & quiet[: len(steps)]]
    return float(np.percentile(between, 95)) if len(between) >= 5 else 0.0
