"""A suggested edit of a cut, with the reason for it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from engine.timeline.cut import SAMPLE_RATE
from engine.timeline.spoken import CutWord, text_of
from engine.timeline.word_edits import PauseCut

SuggestionKind = Literal["silence", "filler", "restart", "repeat", "aside"]
KINDS: tuple[SuggestionKind, ...] = ("silence", "filler", "restart", "repeat", "aside")

_MOST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Words of a cut, by their numbers from `first` to `last` (exclusive), or a `pause` beside the word `first`.

    `key` stays the same while the take's words do, whatever else is edited. `start` and `end` are the times in samples
    of the cut, `saved` the seconds by which the cut gets shorter, about. `confidence` is from 0 to 1. `reason` is a
    sentence for the user.
    """

    key: str
    kind: SuggestionKind
    first: int
    last: int
    text: str
    start: int
    end: int
    saved: Fraction
    confidence: float
    reason: str
    pause: PauseCut | None = None


def word_suggestion(
    kind: SuggestionKind, words: Sequence[CutWord], first: int, last: int, confidence: float, reason: str
) -> Suggestion:
    """A suggestion to delete words."""
    said = words[first:last]
    start, end = said[0].start, said[-1].end
    until = words[last].start if last < len(words) and words[last].clip == said[-1].clip else end
    text = text_of(list(said))
    return Suggestion(
        key=suggestion_key(kind, said[0].take, said[0].word.start, said[-1].word.end),
        kind=kind,
        first=first,
        last=last,
        text=text if len(text) <= _MOST_TEXT else f"{text[: _MOST_TEXT - 1].rstrip()}…",
        start=start,
        end=end,
        saved=Fraction(until - start, SAMPLE_RATE),
        confidence=round(confidence, 2),
        reason=reason,
    )


def suggestion_key(kind: str, take: str, start: int, end: int) -> str:
    """The key of a suggestion about the samples `start` to `end` of a take: eight hexadecimal digits after the kind."""
    digest = hashlib.blake2b(f"{take} {start} {end}".encode(), digest_size=4)
    return f"{kind}-{digest.hexdigest()}"
