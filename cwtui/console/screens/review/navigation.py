"""Where a playhead can go from where it is: words, sentences, speakers, silences, markers."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.catalog import Marker

if TYPE_CHECKING:
    from engine.speech import Transcript, Word
    from engine.tasks import TakeLevels

# A pause in speech that one hears as one.
_PAUSE = Fraction(2, 5)
# Without words: below this of the loudest column nothing is said.
_QUIET = 0.06
_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’)]*$")


@dataclass(frozen=True)
class SeekTargets:
    """Times on a take's clock, in seconds, ascending, by what they are."""

    word: tuple[Fraction, ...] = ()
    sentence: tuple[Fraction, ...] = ()
    speaker: tuple[Fraction, ...] = ()
    silence: tuple[Fraction, ...] = ()
    marker: tuple[Fraction, ...] = ()
    pauses: tuple[tuple[Fraction, Fraction], ...] = ()

    def after(self, kind: str, at: Fraction) -> Fraction | None:
        """The next one; None at the last."""
        times: tuple[Fraction, ...] = getattr(self, kind)
        index = bisect_right(times, at)
        return times[index] if index < len(times) else None

    def before(self, kind: str, at: Fraction) -> Fraction | None:
        """The one before; None at the first."""
        times: tuple[Fraction, ...] = getattr(self, kind)
        index = bisect_left(times, at)
        return times[index - 1] if index else None


def seek_targets(
    transcript: Transcript | None, levels: TakeLevels | None, markers: Iterable[Marker], duration: Fraction
) -> SeekTargets:
    """Every place of a take that a key goes to."""
    words = transcript.words if transcript else ()
    pauses = _pauses(words, duration) if words else _silences(levels)
    return SeekTargets(
        word=tuple(word.start for word in words),
        sentence=tuple(words[n].start for n in range(len(words)) if n == 0 or _SENTENCE_END.search(words[n - 1].text)),
        speaker=tuple(words[n].start for n in range(len(words)) if n == 0 or words[n].speaker != words[n - 1].speaker),
        silence=tuple(start for start, _ in pauses),
        marker=tuple(sorted(one.at for one in markers)),
        pauses=pauses,
    )


def _pauses(words: Sequence[Word], duration: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
    edges = [Fraction(0), *(edge for word in words for edge in (word.start, word.end)), duration]
    gaps = zip(edges[::2], edges[1::2], strict=True)
    return tuple((start, end) for start, end in gaps if end - start >= _PAUSE)


def _silences(levels: TakeLevels | None) -> tuple[tuple[Fraction, Fraction], ...]:
    if levels is None:
        return ()
    floor = max(levels.rms, default=0) * _QUIET
    quiet = [value <= floor for value in levels.rms]
    edges = [0, *(n for n, (a, b) in enumerate(pairwise(quiet), 1) if a != b), len(quiet)]
    runs = ((levels.step * a, levels.step * b) for a, b in pairwise(edges) if a < b and quiet[a])
    return tuple((start, end) for start, end in runs if end - start >= _PAUSE)
