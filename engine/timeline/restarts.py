"""Suggestions to delete false starts, restarts and repeated readings: the earlier of two attempts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from engine.timeline.cut import SAMPLE_RATE
from engine.timeline.filler_list import filler_list, phrase_before
from engine.timeline.spoken import CutWord, TakeWords
from engine.timeline.suggestion import Suggestion, SuggestionKind, word_suggestion

# Spoken words between the beginnings of two attempts: of a restart within a sentence, and of a repeated reading.
_NEAR, _FAR = 12, 90
_PAUSE = SAMPLE_RATE // 4
_CUT_OFF = ("-", "–", "—", "…", "...")
_CLAUSE = (",", ";", ":")
# Of the words of a repeated reading, so many come again in the same order.
_SAME, _EQUAL = 0.7, 0.95
_READING = 5
# Confidences: of an exact repetition, and the most of another one.
_EXACT, _LIMIT, _SURE = 0.97, 0.92, 0.7
_DOUBLED = 0.95
# Words that are said twice on purpose, or by grammar.
_DOUBLES = frozenset(["that", "had", "no", "very", "not", "der", "die", "das", "den", "vous", "nous", "si"])
_STRONG = {"breaks off", "corrects"}


@dataclass(frozen=True, slots=True)
class _Attempt:
    """Words `first` to `last` (numbers) that the speaker says again from `last` on."""

    first: int
    last: int
    confidence: float
    kind: SuggestionKind
    reason: str


def find_restarts(
    words: Sequence[CutWord], spoken: Mapping[str, TakeWords], fillers: frozenset[int] = frozenset(), script: str = ""
) -> list[Suggestion]:
    """Attempts that the speaker repeats, in order and without overlap.

    `fillers` are the numbers of words that are fillers. Repetitions that `script`, the words that were to be said, has
    too are none.
    """
    search = _Search(words, spoken, fillers, script)
    chosen: list[_Attempt] = []
    for one in sorted(search.attempts(), key=lambda one: (-one.confidence, one.first - one.last, one.first)):
        same = [other for other in chosen if other.first < one.last and one.first < other.last]
        # A stumble within a reading that is read again is deleted with it.
        if all(one.kind == "repeat" and one.first <= other.first and other.last <= one.last for other in same):
            if same and one.confidence < _SURE:
                continue
            chosen = [other for other in chosen if other not in same] + [one]
    return [
        word_suggestion(one.kind, words, one.first, one.last, one.confidence, one.reason)
        for one in sorted(chosen, key=lambda one: one.first)
    ]


class _Search:
    def __init__(
        self, words: Sequence[CutWord], spoken: Mapping[str, TakeWords], fillers: frozenset[int], script: str
    ) -> None:
        self._words, self._spoken, self._fillers = words, spoken, fillers
        self._numbers = [word.number for word in words if word.word.bare and word.number not in fillers]
        self._bare = [words[n].word.bare for n in self._numbers]
        self._script = f" {' '.join(_bare_words(script))} " if script else ""

    def attempts(self) -> Iterator[_Attempt]:
        """Every repetition with its confidence; they may overlap."""
        bare, count = self._bare, len(self._bare)
        places: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        for j in range(count):
            near = [i for i in range(max(0, j - _NEAR), j) if self._alike(i, j)]
            far = [i for i in places[tuple(bare[j : j + 2])] if _NEAR < j - i <= _FAR]
            places[tuple(bare[j : j + 2])].append(j)
            for i in (*far[-3:], *near):
                if (found := self._attempt(i, j)) and not self._written(i, j):
                    yield found

    def _alike(self, i: int, j: int) -> bool:
        """Whether two words are equal, or the first is the cut-off beginning of the second."""
        one, two = self._bare[i], self._bare[j]
        return one == two or (j == i + 1 and self._text(i).endswith(_CUT_OFF[0]) and two.startswith(one))

    def _attempt(self, i: int, j: int) -> _Attempt | None:
        said = self._bare[i:j]
        first = self._words[self._numbers[i]]
        language = self._spoken[first.take].language_at(first.place)
        listed = filler_list(language)
        correction = min(phrase_before(self._bare, j, listed.corrections | listed.asides), len(said) - 1)
        core = said[: len(said) - correction]
        same = 0
        while same < len(core) and j + same < len(self._bare) and self._bare[j + same] == core[same]:
            same += 1
        if same == 0 and len(core) == 1:
            return self._made(i, j, _DOUBLED, "restart", "The word is cut off and said again.")
        if j - i <= _NEAR and (found := self._restart(i, j, core, same, correction, language)):
            return found
        return self._reading(i, j, core)

    def _restart(
        self, i: int, j: int, core: Sequence[str], same: int, correction: int, language: str
    ) -> _Attempt | None:
        from engine.speech import is_function_word

        numbers = self._numbers[i : i + len(core) - 1]
        if any(self._words[n].word.ends_sentence for n in numbers):
            return None
        between = len(core) - same
        if between and i and self._bare[i - 1] == self._bare[j - 1]:
            # The repetition begins a word earlier.
            return None
        last = self._text(i + len(core) - 1)
        signs = [
            text
            for text, there in (
                ("breaks off", last.endswith(_CUT_OFF)),
                ("corrects", correction > 0),
                ("hesitates", self._hesitates(i, j)),
                ("pauses", self._pauses(j)),
                ("stops in the middle", is_function_word(last, language) and not last.endswith((*_CLAUSE, "."))),
            )
            if there
        ]
        strong = bool(_STRONG & set(signs))
        if same == 1 and between == 0:
            hesitates = "hesitates" in signs and core[0] not in _DOUBLES
            sure = is_function_word(core[0], language) and core[0] not in _DOUBLES and not last.endswith(_CLAUSE)
            confidence = _DOUBLED if sure else 0.9 if strong or hesitates else 0.4
            return self._made(i, j, confidence, "restart", "The word is said twice.")
        if between > (6 if signs else 3) or (same == 1 and (between > 2 or not strong)):
            return None
        confidence = _EXACT if between == 0 else min(_LIMIT, self._likelihood(i, len(core), same, signs, strong=strong))
        how = f"The speaker {signs[0]}, and starts again" if signs else "The speaker starts again"
        reason = f"{how} with “{' '.join(core[: max(same, 1)])}”."
        return self._made(i, j, confidence, "restart", reason)

    def _likelihood(self, i: int, count: int, same: int, signs: Sequence[str], *, strong: bool) -> float:
        """The confidence in a restart of `count` words of which the first `same` are said again."""
        likelihood = 0.55 + 0.1 * min(same - 1, 3) + (0.2 if strong else 0.1 if signs else 0.0)
        texts = [self._text(n) for n in range(i, i + count)]
        if not strong and any(text.endswith(_CLAUSE) for text in texts[:-1]):
            likelihood -= 0.15
        ended = texts[-1].endswith(_CLAUSE) or self._words[self._numbers[i + count - 1]].word.ends_sentence
        return likelihood - (0.2 if ended and not strong else 0.0)

    def _reading(self, i: int, j: int, core: Sequence[str]) -> _Attempt | None:
        """A longer stretch that is read again from its beginning."""
        from rapidfuzz.distance import LCSseq

        if len(core) < _READING or not self._begins(i) or not self._begins(j):
            return None
        again = self._bare[j : j + len(core) + len(core) // 3 + 2]
        share = LCSseq.similarity(core, again) / len(core)
        if share < _SAME:
            return None
        first, last = self._numbers[i], self._numbers[j]
        changed = self._words[first].take != self._words[last].take
        sure = share >= _EQUAL or changed or self._pauses(j) or self._hesitates(i, j)
        percent = f"{100 * share:.0f} % of its words" if share < 1 else "all of its words"
        return self._made(
            i, j, (0.75 if sure else 0.4) + 0.2 * share, "repeat", f"The next reading has {percent} again."
        )

    def _made(self, i: int, j: int, confidence: float, kind: SuggestionKind, reason: str) -> _Attempt:
        return _Attempt(self._numbers[i], self._numbers[j], confidence, kind, reason)

    def _text(self, index: int) -> str:
        return self._words[self._numbers[index]].text

    def _hesitates(self, i: int, j: int) -> bool:
        return any(n in self._fillers for n in range(self._numbers[j - 1] + 1, self._numbers[j]))

    def _pauses(self, j: int) -> bool:
        one, two = self._words[self._numbers[j - 1]], self._words[self._numbers[j]]
        return one.take != two.take or two.start - one.end >= _PAUSE

    def _begins(self, index: int) -> bool:
        """Whether a sentence may begin with a word."""
        if index == 0:
            return True
        one = self._words[self._numbers[index - 1]]
        return self._pauses(index) or one.word.ends_sentence or one.text.endswith((*_CUT_OFF, ","))

    def _written(self, i: int, j: int) -> bool:
        return bool(self._script) and f" {' '.join(self._bare[i : j + 1])} " in self._script


def _bare_words(text: str) -> list[str]:
    import re

    return [bare for word in text.split() if (bare := re.sub(r"\W", "", word.casefold()))]
