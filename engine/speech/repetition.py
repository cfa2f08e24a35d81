"""Repeated text: decides whether the sound supports it (retakes of a line) or not (a decoder loop)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

# A loop is a phrase at least four times in a row, over at least twelve words: "no, no, no" is normal speech.
_ROUNDS = 4
_LONG_ENOUGH = 12

# Whisper's alignment gives the words of a loop no time, or crowds them. The fastest speakers reach about 25 letters
# per second over a phrase; a short word alone may be faster.
_SHORTEST_S = 0.04
_LETTERS_PER_S = 30.0
_WORD_LETTERS_PER_S = 60.0
_MOST = 2 / 3
_CONFIDENT = -0.7
_IMPROBABLE = -1.0

# A short segment has at most this many words, and its words end sooner (seconds).
_SHORT_SEGMENT = 3
_LONGEST_S = 2.0


class Loop(NamedTuple):
    """A phrase of `period` words that repeats in `words[first:last]`."""

    first: int
    last: int
    period: int


def loops(words: Sequence[str], rounds: int = _ROUNDS, least: int = _LONG_ENOUGH) -> list[Loop]:
    """Loops of at least `rounds` repetitions and at least `least` words, in order and without overlap."""
    found: list[Loop] = []
    for period in range(1, len(words) // rounds + 1):
        first = 0
        for n in range(period, len(words) + 1):
            if n < len(words) and words[n] == words[n - period]:
                continue
            if n - first >= max(rounds * period, least):
                found.append(Loop(first, n, period))
            first = n - period + 1
    kept: list[Loop] = []
    for loop in sorted(found, key=lambda loop: (loop.first - loop.last, loop.period)):
        if all(loop.last <= other.first or other.last <= loop.first for other in kept):
            kept.append(loop)
    return sorted(kept)


def borne_out(
    words: Sequence[tuple[str, float, float, float]], log_probability: float, speech: Sequence[tuple[float, float]]
) -> bool:
    """Whether repeated words (text, start, end, probability) were really said.

    True if the model is confident, the letters per second are within human limits, and at least two thirds of the
    words have a plausible duration, at least half of it with detected speech (`speech`: start, end). All times are in
    seconds on the same clock.
    """
    return log_probability >= _CONFIDENT and _sounded(words, speech)


def short_loops(segments: Sequence[str], rounds: int) -> set[int]:
    """The indices of short segments that repeat at least `rounds` times in a row, such as "5." "5." "5.".

    `segments` are texts without punctuation. Several short segments may repeat together.
    """
    # A long segment, or one without letters, equals no other.
    texts = [text if 0 < len(text.split()) <= _SHORT_SEGMENT else f"\0{number}" for number, text in enumerate(segments)]
    return {n for loop in loops(texts, rounds, rounds) for n in range(loop.first, loop.last)}


def short_borne_out(
    words: Sequence[tuple[str, float, float, float]], log_probability: float, speech: Sequence[tuple[float, float]]
) -> bool:
    """Whether a short segment that repeats was really said, by the same sound as in `borne_out`.

    Short segments have little context, so the model needs less confidence. A decoder loop also stretches its words over
    the rest of the window.
    """
    stretched = any(end - start > _LONGEST_S for _, start, end, _ in words)
    return log_probability >= _IMPROBABLE and not stretched and _sounded(words, speech)


def _sounded(words: Sequence[tuple[str, float, float, float]], speech: Sequence[tuple[float, float]]) -> bool:
    if not words:
        return False
    letters = [sum(character.isalnum() for character in text) for text, *_ in words]
    spoken = words[-1][2] - words[0][1]
    if spoken <= 0 or sum(letters) / spoken > _LETTERS_PER_S:
        return False
    good = 0
    for (_, start, end, _), count in zip(words, letters, strict=True):
        time = end - start
        heard = sum(max(0.0, min(end, stop) - max(start, begin)) for begin, stop in speech)
        good += time >= max(_SHORTEST_S, count / _WORD_LETTERS_PER_S) and heard >= time / 2
    return good >= _MOST * len(words)
