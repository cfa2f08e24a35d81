"""What was said and when: words with exact times, in sentences as they were heard."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from engine.catalog import Exact, Row


def milliseconds(seconds: float) -> Fraction:
    """Seconds as an exact fraction, rounded to a thousandth: finer than any speech model hears."""
    return Fraction(round(seconds * 1000), 1000)


class Word(Row):
    """One spoken word with its punctuation; `start` and `end` in seconds of the file's own clock."""

    text: str
    start: Exact
    end: Exact
    confidence: float


class Segment(Row):
    """A stretch the model heard in one breath; its words are `words[first:last]` of the transcript."""

    start: Exact
    end: Exact
    text: str
    first: int
    last: int


class Transcript(Row):
    """Everything that was said, and what heard it: enough to make it again.

    `language` is an ISO 639-1 code. `model_digest` is the XXH128 of the model's weights. No words
    means that no speech was heard.
    """

    version: Literal[1] = 1
    language: str
    model: str
    model_digest: str
    backend: str
    parameters: dict[str, str | int | float | bool]
    words: tuple[Word, ...] = ()
    segments: tuple[Segment, ...] = ()
