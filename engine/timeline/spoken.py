"""The words of takes in samples of their clocks, as the cut by words needs them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from engine.timeline.cut import SAMPLE_RATE, Clip, Cut

if TYPE_CHECKING:
    from engine.speech import Transcript


class TakeWord(NamedTuple):
    """A word of a take; `start` and `end` in samples. `bare` has only its letters and digits, in lower case."""

    text: str
    bare: str
    start: int
    end: int
    speaker: str | None
    confidence: float
    space: bool
    ends_sentence: bool

    @property
    def middle(self) -> int:
        """The sample halfway through the word: a clip that shows it has the word."""
        return (self.start + self.end) // 2


@dataclass(frozen=True)
class TakeWords:
    """The words of a take in order, and the language of most of them (ISO 639-1).

    `languages` has the language of each word, if there is more than one.
    """

    take: str
    words: tuple[TakeWord, ...]
    language: str = "en"
    languages: tuple[str, ...] = ()

    def language_at(self, place: int) -> str:
        """The language of a word."""
        return self.languages[place] if self.languages else self.language

    @cached_property
    def middles(self) -> list[int]:
        """The middle of each word, in samples."""
        return [word.middle for word in self.words]

    def between(self, first: int, last: int) -> tuple[int, int]:
        """The indices (from, to) of the words whose middles are in the samples `first` to `last`."""
        return bisect_left(self.middles, first), bisect_left(self.middles, last)


class CutWord(NamedTuple):
    """A word of a cut: its number in the cut, the index of its clip, and its place among the words of the take.

    `start` and `end` are in samples of the cut.
    """

    number: int
    clip: int
    take: str
    place: int
    word: TakeWord
    start: int
    end: int

    @property
    def text(self) -> str:
        """The text with its punctuation."""
        return self.word.text


def take_words(take: str, transcript: Transcript) -> TakeWords:
    """The words of a take's transcript."""
    from engine.speech import bare_text, ends_sentence, has_space

    words, found = transcript.words, []
    for n, word in enumerate(words):
        found.append(
            TakeWord(
                word.text,
                bare_text(word),
                _samples(word.start),
                _samples(word.end),
                transcript.called(word.speaker) if word.speaker else None,
                word.confidence,
                n > 0 and has_space(words[n - 1], word),
                ends_sentence(word.text),
            )
        )
    return TakeWords(take, tuple(found), transcript.language, _languages(transcript))


def _languages(transcript: Transcript) -> tuple[str, ...]:
    """The language of each word; empty if all have the transcript's."""
    found = [transcript.language] * len(transcript.words)
    for one in transcript.segments:
        if one.language and one.language != transcript.language:
            found[one.first : one.last] = [one.language] * (one.last - one.first)
    return tuple(found) if set(found) - {transcript.language} else ()


def words_of(cut: Cut, spoken: Mapping[str, TakeWords]) -> tuple[CutWord, ...]:
    """The words of a cut in order. A clip has the words of its take whose middles it shows."""
    found: list[CutWord] = []
    for index, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True)):
        first, last = clip_words(cut, clip, spoken)
        if first == last or clip.take is None:
            continue
        said, begin = spoken[clip.take].words[first:last], cut.sample(position)
        shift, end = begin - cut.sample(clip.start), cut.sample(position + clip.length)
        starts, ends = [word.start + shift for word in said], [word.end + shift for word in said]
        starts[0], ends[-1] = max(begin, starts[0]), min(end, ends[-1])
        numbers = range(len(found), len(found) + len(said))
        same = repeat(index), repeat(clip.take)
        found += map(CutWord._make, zip(numbers, *same, range(first, last), said, starts, ends, strict=False))
    return tuple(found)


def clip_words(cut: Cut, clip: Clip, spoken: Mapping[str, TakeWords]) -> tuple[int, int]:
    """The indices (from, to) of a clip's words among the words of its take."""
    if clip.take is None or clip.take not in spoken:
        return 0, 0
    return spoken[clip.take].between(cut.sample(clip.start), cut.sample(clip.end))


def text_of(words: tuple[CutWord, ...] | list[CutWord]) -> str:
    """Words as running text."""
    return "".join(_spaced(words))


def sentence_of(words: tuple[CutWord, ...], number: int) -> tuple[int, int]:
    """The numbers (from, to) of the words of the sentence that a word is in. A clip of another take ends a sentence."""
    return _around(words, number, lambda one, two: one.word.ends_sentence or one.word.speaker != two.word.speaker)


def turn_of(words: tuple[CutWord, ...], number: int) -> tuple[int, int]:
    """The numbers (from, to) of the words around a word that the same speaker says without an interruption."""
    return _around(words, number, lambda one, two: one.word.speaker != two.word.speaker)


def find_words(words: tuple[CutWord, ...], phrase: str) -> list[tuple[int, int]]:
    """The numbers (from, to) of the words of each place where a phrase is said. Case and punctuation are ignored."""
    import re

    wanted = [bare for text in phrase.split() if (bare := re.sub(r"\W", "", text.casefold()))]
    said = [word.word.bare for word in words]
    count = len(wanted)
    return [(n, n + count) for n in range(len(said) - count + 1) if count and said[n : n + count] == wanted]


def _around(words: tuple[CutWord, ...], number: int, parts: Callable[[CutWord, CutWord], bool]) -> tuple[int, int]:
    first, last = number, number + 1
    while first > 0 and not parts(words[first - 1], words[first]) and _together(words[first - 1], words[first]):
        first -= 1
    while last < len(words) and not parts(words[last - 1], words[last]) and _together(words[last - 1], words[last]):
        last += 1
    return first, last


def _together(one: CutWord, two: CutWord) -> bool:
    """Whether two words are of one take, in its order, perhaps with words left out between them."""
    return one.take == two.take and one.place < two.place


def _spaced(words: tuple[CutWord, ...] | list[CutWord]) -> Iterator[str]:
    for n, word in enumerate(words):
        yield f"{' ' * (n > 0 and (word.word.space or words[n - 1].clip != word.clip))}{word.text}"


def _samples(seconds: Fraction) -> int:
    """The nearest sample. Fractions of a second are slow for an hour of words, so the whole numbers are divided."""
    return (2 * SAMPLE_RATE * seconds.numerator + seconds.denominator) // (2 * seconds.denominator)
