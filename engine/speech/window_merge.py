"""Where two windows heard the same sound: each word of it once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from engine.speech.transcript import Word

# Two hearings of one word lie no further apart than this.
_SAME = Fraction(1, 2)


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word, and the number of the breath it was heard in."""

    word: Word
    breath: int

    @property
    def middle(self) -> Fraction:
        """Where it lies, in seconds."""
        return (self.word.start + self.word.end) / 2


def merge_windows(
    before: Sequence[TimedWord], after: Sequence[TimedWord], begin: Fraction, end: Fraction
) -> list[TimedWord]:
    """Both, each word of what both heard (from `begin` to `end`) once.

    The seam runs behind the word that both heard nearest to the middle of it: words at a window's edge are heard worst.
    Where they have no word in common, it is the middle itself.
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
    """Which of the others is this word, heard at about the same time; None where none is."""
    alike = [n for n, other in enumerate(others) if _bare(other) == _bare(said)]
    apart = {n: abs(others[n].middle - said.middle) for n in alike}
    return min((n for n in alike if apart[n] <= _SAME), key=lambda n: apart[n], default=None)


def _bare(said: TimedWord) -> str:
    return "".join(letter for letter in said.word.text.casefold() if letter.isalnum())
