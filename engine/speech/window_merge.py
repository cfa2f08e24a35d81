"""Merges the words of two overlapping windows without duplicates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.speech.transcript import Word

# The times of one word in two windows differ by at most this.
_SAME = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word, and the number of its breath (segment)."""

    word: Word
    breath: int

    @property
    def middle(self) -> Fraction:
        """The middle of the word, in seconds."""
        return (self.word.start + self.word.end) / 2


def merge_windows(
    before: Sequence[TimedWord], after: Sequence[TimedWord], begin: Fraction, end: Fraction
) -> list[TimedWord]:
    """The words of both windows, with each word of the overlap (from `begin` to `end`, seconds) once.

    The windows are joined after the common word nearest to the middle of the overlap, because words at a window's edge
    are least reliable. Without a common word, they are joined at the middle.
    """
    middle = (begin + end) / 2
    first = next((n for n, said in enumerate(before) if said.middle > begin - _SAME), len(before))
    last = next((n for n, said in enumerate(after) if said.middle > end + _SAME), len(after))
    ours, theirs = before[first:], after[:last]
    common = [
        (here, there)
        for here, said in enumerate(ours)
        if (there := _same(said, theirs)) is not None and _same(theirs[there], ours) == here
    ]
    if common:
        here, there = min(common, key=lambda pair: abs(ours[pair[0]].middle - middle))
        kept, new = [*before[: first + here + 1]], after[there + 1 :]
    else:
        kept, new = [said for said in before if said.middle < middle], [s for s in after if s.middle >= middle]
    return [*kept, *new]


def _same(said: TimedWord, others: Sequence[TimedWord]) -> int | None:
    """The index of the same word at about the same time among the others; None if there is none."""
    alike = [n for n, other in enumerate(others) if _bare(other) == _bare(said)]
    apart = {n: abs(others[n].middle - said.middle) for n in alike}
    return min((n for n in alike if apart[n] <= _SAME), key=lambda n: apart[n], default=None)


def _bare(said: TimedWord) -> str:
    return "".join(letter for letter in said.word.text.casefold() if letter.isalnum())
