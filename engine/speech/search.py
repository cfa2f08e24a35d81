"""Phrase search in transcripts, insensitive to case, accents, spacing and punctuation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal

from engine.errors import RequestError
from engine.speech.captions.graphemes import leans
from engine.speech.captions.phrases import ends_sentence
from engine.speech.spacing import unspaced
from engine.speech.transcript import Transcript, Word, has_space, running_text

# Words of context on either side of a match.
_AROUND = 6
# A sentence without a full stop is cut off after so many words on either side.
_LONGEST_HALF = 40

Border = Literal["none", "loose", "firm"]
"""The separator between two letters. `loose` may differ or be missing: an apostrophe, a hyphen, a thousands separator,
any border in scripts without spaces. `firm` may differ but not be missing: a space, a decimal point."""

_BLANKS = " \t\r\n\f\v"
_MARKS = ' .,;:!?…"“”„«»()[]-–—。、！？'
_THOUSANDS = 3


@dataclass(frozen=True, slots=True)
class SearchMatch:
    """A match: seconds on the file's clock, the speaker, and the text before, of and after the phrase.

    `space_before` and `space_after`: whether these three texts are separated by spaces. `sentence_before` and
    `sentence_after` are the rest of its sentence, by the same speaker, with these spaces.
    """

    start: Fraction
    end: Fraction
    speaker: str | None
    before: str
    text: str
    after: str
    space_before: bool = True
    space_after: bool = True
    sentence_before: str = ""
    sentence_after: str = ""

    @property
    def sentence(self) -> str:
        """The sentence that the match is in."""
        return f"{self.sentence_before}{self.text}{self.sentence_after}"


@dataclass(slots=True)
class _Letters:
    """Letters and digits without case and accents, with the border before each and the index of its text."""

    letters: list[str] = field(default_factory=list)
    borders: list[Border] = field(default_factory=list)
    pieces: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, bool]]) -> _Letters:
        """From (text, whether a space precedes it) pairs."""
        found, border = cls(), ""
        for number, (text, space) in enumerate(pieces):
            border += " " * space
            for character in text:
                bare = _bare(character)
                for n, letter in enumerate(bare):
                    found.borders.append(found._border(border, letter) if n == 0 else "none")
                    found.letters.append(letter)
                    found.pieces.append(number)
                if bare:
                    border = ""
                elif not leans(character):
                    border += character
        found._loosen_thousands()
        return found

    def _border(self, between: str, letter: str) -> Border:
        if not self.letters:
            return "firm"
        before = self.letters[-1]
        if unspaced(before) or unspaced(letter):
            return "loose"
        if not between:
            return "none"
        blank = any(character in _BLANKS for character in between)
        return "firm" if blank or (before.isdigit() and letter.isdigit()) else "loose"

    def _loosen_thousands(self) -> None:
        """Makes borders between digits loose if exactly three digits follow: thousands separators."""
        for n in range(1, len(self.letters)):
            if self.borders[n] == "firm" and self.letters[n - 1].isdigit():
                digits = 0
                while n + digits < len(self.letters) and self.letters[n + digits].isdigit():
                    if digits and self.borders[n + digits] != "none":
                        break
                    digits += 1
                if digits == _THOUSANDS:
                    self.borders[n] = "loose"


def wanted_words(phrase: str) -> str:
    """The letters and digits of a search phrase. Raises RequestError if there are none."""
    letters = "".join(_Letters.of([(phrase, False)]).letters)
    if not letters:
        raise RequestError("The search phrase is empty.", 'Enter spoken words: cwtui find "the harbour"')
    return letters


def find(transcript: Transcript, phrase: str, speaker: str | None = None) -> Iterator[SearchMatch]:
    """Every match of the phrase, in order; its last word may be a prefix.

    Punctuation, apostrophes, hyphens and thousands separators may differ or be missing: "5,000", "5 000" and "5000"
    are equal, and so are "self-taught" and "self taught". `speaker` (an id or a name) restricts the search to that
    speaker. Scripts without spaces are searched letter by letter.
    """
    wanted_words(phrase)
    wanted, words = _Letters.of([(phrase, False)]), transcript.words
    spaces = [n > 0 and has_space(words[n - 1], word) for n, word in enumerate(words)]
    said = _Letters.of((word.text, space) for word, space in zip(words, spaces, strict=True))
    for first, last in _matches(said, wanted):
        who = transcript.called(words[first].speaker)
        if speaker is not None and speaker not in (who, words[first].speaker):
            continue
        parts = (words[max(0, first - _AROUND) : first], words[first:last], words[last : last + _AROUND])
        before, text, after = (running_text(part) for part in parts)
        around = spaces[first], last < len(words) and spaces[last]
        begin, end = _sentence(words, first, last)
        lead, tail = running_text(words[begin:first]), running_text(words[last:end])
        yield SearchMatch(
            words[first].start,
            words[last - 1].end,
            who,
            before,
            text,
            after,
            *around,
            lead + " " * (bool(lead) and around[0]),
            " " * (bool(tail) and around[1]) + tail,
        )


def vocabulary(transcript: Transcript) -> set[str]:
    """The words of a transcript without punctuation around them, as they are written."""
    return {bare for word in transcript.words if (bare := word.text.strip(_MARKS))}


def _sentence(words: Sequence[Word], first: int, last: int) -> tuple[int, int]:
    """The range of words of the sentence around a range, by one speaker."""
    speaker, begin, end = words[first].speaker, first, last
    while begin > max(0, first - _LONGEST_HALF) and not _parts(words[begin - 1], speaker):
        begin -= 1
    while end < min(len(words), last + _LONGEST_HALF) and words[end].speaker == speaker:
        if ends_sentence(words[end - 1].text):
            break
        end += 1
    return begin, end


def _parts(before: Word, speaker: str | None) -> bool:
    """Whether a word ends the sentence before the next one."""
    return before.speaker != speaker or ends_sentence(before.text)


def _matches(said: _Letters, wanted: _Letters) -> Iterator[tuple[int, int]]:
    """Matching ranges of word indices, in order and without overlap."""
    text, phrase = "".join(said.letters), "".join(wanted.letters)
    at = text.find(phrase)
    while at >= 0:
        matches = _agree(said, wanted, at)
        if matches:
            yield said.pieces[at], said.pieces[at + len(phrase) - 1] + 1
        at = text.find(phrase, at + (len(phrase) if matches else 1))


def _agree(said: _Letters, wanted: _Letters, place: int) -> bool:
    """Whether a word or part of one starts at `place`, and word borders match from there on."""
    if said.borders[place] == "none":
        return False
    return all({said.borders[place + n], wanted.borders[n]} != {"none", "firm"} for n in range(1, len(wanted.letters)))


def _bare(character: str) -> str:
    """A character's letters and digits without case and accents; combining vowels of other scripts are kept."""
    plain = unicodedata.normalize("NFKD", character.casefold())
    return "".join(
        c for c in plain if c.isalnum() or (unicodedata.combining(c) == 0 and unicodedata.category(c) in ("Mc", "Mn"))
    )
