"""Suggestions to shorten silences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median

from engine.timeline.cut import SAMPLE_RATE, Cut
from engine.timeline.edges import Edge, LevelsOf
from engine.timeline.spoken import CutWord
from engine.timeline.suggestion import Suggestion, suggestion_key
from engine.timeline.word_edits import PauseCut

_SILENT, _UNKNOWN, _AUDIBLE = 0.97, 0.9, 0.4
# A gap between words that is at most this much below them (dB) is not silent.
_BELOW = 12.0
_ALIKE = 6.0
# The ends of the words around it may sound so far into a gap.
_EDGE = SAMPLE_RATE // 10


@dataclass(frozen=True, slots=True)
class SilenceRule:
    """Silences longer than `longest` seconds are shortened to `kept` seconds."""

    longest: Fraction = Fraction(4, 5)
    kept: Fraction = Fraction(2, 5)


def find_silences(
    cut: Cut, words: Sequence[CutWord], rule: SilenceRule, levels: LevelsOf | None = None
) -> Iterator[Suggestion]:
    """The gaps between words of one clip, and before its first and after its last word, that the rule shortens.

    With `levels`, a gap that is nearly as loud as the words around it has little confidence: something else is heard.
    """
    longest, kept = int(rule.longest * SAMPLE_RATE), int(rule.kept * SAMPLE_RATE)
    for n, word in enumerate(words):
        before = words[n - 1] if n and words[n - 1].clip == word.clip else None
        after = words[n + 1] if n + 1 < len(words) and words[n + 1].clip == word.clip else None
        clip = cut.clips[word.clip]
        start, end = word.word.start, word.word.end
        if before is None and start - cut.sample(clip.start) > longest:
            pause = PauseCut(None, Edge(start - kept, start - kept // 2, start))
            yield _silence(cut, word, cut.sample(clip.start), start, pause, kept // 2, levels)
        if after is not None and after.word.start - end > longest:
            following = after.word.start
            pause = PauseCut(
                Edge(end, end + kept // 2, end + kept), Edge(following - kept, following - kept // 2, following)
            )
            yield _silence(cut, word, end, following, pause, kept, levels)
        if after is None and cut.sample(clip.end) - end > longest:
            pause = PauseCut(Edge(end, end + kept // 2, end + kept), None)
            yield _silence(cut, word, end, cut.sample(clip.end), pause, kept // 2, levels)


def _silence(
    cut: Cut, word: CutWord, first: int, last: int, pause: PauseCut, kept: int, levels: LevelsOf | None
) -> Suggestion:
    shift = word.start - word.word.start
    seconds = Fraction(last - first, SAMPLE_RATE)
    confidence, why = _confidence(word, first, last, levels)
    return Suggestion(
        key=suggestion_key("silence", word.take, first, last),
        kind="silence",
        first=word.number,
        last=word.number,
        text=f"{float(seconds):.1f} s",
        start=first + shift,
        end=last + shift,
        saved=Fraction(last - first - kept, SAMPLE_RATE),
        confidence=confidence,
        reason=f"Nobody speaks for {float(seconds):.1f} s{why}.",
        pause=pause,
    )


def _confidence(word: CutWord, first: int, last: int, levels: LevelsOf | None) -> tuple[float, str]:
    if levels is None:
        return _UNKNOWN, ""
    gap, spoken = levels(word.take, first + _EDGE, last - _EDGE), levels(word.take, word.word.start, word.word.end)
    if not gap or not spoken:
        return _UNKNOWN, ""
    if max(spoken) - median(gap) < _BELOW or max(spoken) - max(gap) < _ALIKE:
        return _AUDIBLE, ", but something else is heard"
    return _SILENT, ""
