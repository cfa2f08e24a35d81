"""Compares the words that a speech model hears before and after cleaning, with its own confidence in each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from statistics import fmean


@dataclass(frozen=True, slots=True)
class HeardWord:
    """A word in lower case without punctuation, its start and end in seconds, and its probability, 0 to 1."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class WordLoss:
    """Words that cleaning changed for the worse: their text, start and end in seconds.

    `expected` is the number of words that are expected to be lost, of `right`, the number expected to be right before.
    `sure` is the number expected to be lost of the words that the model was sure of.
    """

    text: str
    start: float
    end: float
    expected: float
    right: float
    sure: float


@dataclass(frozen=True, slots=True)
class WordComparison:
    """The words of a recording before and after cleaning.

    `before` and `after` count them, `matching` those that are equal. `restored` is the expected number of words that
    are right only after cleaning. `confidence` is the mean probability before and after; `unsure` counts the changed
    words whose probability is low on both sides.
    """

    before: int = 0
    after: int = 0
    matching: int = 0
    unsure: int = 0
    restored: float = 0.0
    losses: tuple[WordLoss, ...] = ()
    confidence: tuple[float, float] = (0.0, 0.0)

    @property
    def lost(self) -> float:
        """The expected number of words lost."""
        return sum(loss.expected for loss in self.losses)

    @property
    def agreement(self) -> float:
        """The share of the words of both sides that are equal; 1 without words."""
        both = self.before + self.after
        return 2 * self.matching / both if both else 1.0


# A model is often wrong about a word below this probability.
_SURE = 0.6


def compare_words(before: Sequence[HeardWord], after: Sequence[HeardWord]) -> WordComparison:
    """Compares the words before and after.

    Where they differ, the version that the model is more confident of counts as right. The sum of the probabilities of
    words is the number expected to be right, so a difference of sums is the expected number lost, or restored.
    """
    matcher = SequenceMatcher(None, [w.text for w in before], [w.text for w in after], autojunk=False)
    matching = unsure = 0
    restored, losses = 0.0, []
    for tag, a, b, c, d in matcher.get_opcodes():
        first, second = before[a:b], after[c:d]
        if tag == "equal" or "".join(w.text for w in first) == "".join(w.text for w in second):
            # Words that are only divided differently are equal.
            matching += min(b - a, d - c)
            continue
        right = sum(w.probability for w in first)
        gain = sum(w.probability for w in second) - right
        unsure += sum(w.probability < _SURE for w in second or first)
        if gain >= 0:
            restored += gain
        else:
            text, sure = " ".join(w.text for w in first), _sure_of(first) - _sure_of(second)
            losses.append(WordLoss(text, first[0].start, first[-1].end, -gain, right, sure))
    confidence = tuple(fmean([w.probability for w in words]) if words else 0.0 for words in (before, after))
    return WordComparison(
        len(before), len(after), matching, unsure, restored, tuple(losses), (confidence[0], confidence[1])
    )


def _sure_of(words: Sequence[HeardWord]) -> float:
    """The number of words expected to be right, of those that the model is sure of."""
    return sum(word.probability for word in words if word.probability >= _SURE)


def together(comparisons: Sequence[WordComparison]) -> WordComparison | None:
    """The comparison of several stretches as one; None if there are none."""
    if not comparisons:
        return None
    before, after = sum(c.before for c in comparisons), sum(c.after for c in comparisons)
    return WordComparison(
        before,
        after,
        sum(c.matching for c in comparisons),
        sum(c.unsure for c in comparisons),
        sum(c.restored for c in comparisons),
        tuple(loss for c in comparisons for loss in c.losses),
        (
            sum(c.confidence[0] * c.before for c in comparisons) / max(before, 1),
            sum(c.confidence[1] * c.after for c in comparisons) / max(after, 1),
        ),
    )


def least_share(count: float, total: float, z: float = 1.645) -> float:
    """The lower bound of a share of which `count` of `total` were found; 0 if there is little evidence.

    E. B. Wilson, "Probable inference, the law of succession, and statistical inference", 1927; one-sided 95 %.
    """
    if total <= 0:
        return 0.0
    share = min(1.0, count / total)
    centre = share + z**2 / (2 * total)
    spread = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2))
    return max(0.0, (centre - spread) / (1 + z**2 / total))
