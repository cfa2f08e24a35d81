"""Where something was said: a phrase in transcripts, whatever its case, accents and punctuation."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from engine.errors import RequestError
from engine.speech.transcript import Transcript, joined

# Words on either side that show what it is about.
_AROUND = 6


@dataclass(frozen=True, slots=True)
class Found:
    """A phrase where it was said: seconds of the file's clock, who said it, and the words before, of it and after."""

    start: Fraction
    end: Fraction
    speaker: str | None
    before: str
    text: str
    after: str


def wanted_words(phrase: str) -> list[str]:
    """A phrase as it is searched for. RequestError where no letter or digit is in it."""
    words = _parts(phrase)
    if not words:
        raise RequestError("There is nothing to look for.", 'Name what was said: cwtui find "the harbour"')
    return words


def find(transcript: Transcript, phrase: str, speaker: str | None = None) -> Iterator[Found]:
    """Every place where the phrase was said, in order; the last word may be the beginning of one.

    `speaker` (an id or a name) asks for what only they said. Scripts without spaces are searched letter by letter.
    """
    wanted = wanted_words(phrase)
    words = transcript.words
    spaced = joined(["a", "b"], transcript.language) == "a b"
    matches = _spaced(transcript, wanted) if spaced else _unspaced(transcript, "".join(wanted))
    for first, last in matches:
        who = transcript.called(words[first].speaker)
        if speaker is not None and speaker not in (who, words[first].speaker):
            continue
        parts = (words[max(0, first - _AROUND) : first], words[first:last], words[last : last + _AROUND])
        before, text, after = (joined([word.text for word in part], transcript.language) for part in parts)
        yield Found(words[first].start, words[last - 1].end, who, before, text, after)


def _spaced(transcript: Transcript, wanted: list[str]) -> Iterator[tuple[int, int]]:
    """Ranges of words: one spoken word may be several wanted ones (well-known) or none (a dash)."""
    spoken = [(part, n) for n, word in enumerate(transcript.words) for part in _parts(word.text)]
    count, reached = len(wanted), 0
    for at in range(len(spoken) - count + 1):
        here = [part for part, _ in spoken[at : at + count]]
        if at >= reached and here[:-1] == wanted[:-1] and here[-1].startswith(wanted[-1]):
            reached = at + count
            yield spoken[at][1], spoken[at + count - 1][1] + 1


def _unspaced(transcript: Transcript, wanted: str) -> Iterator[tuple[int, int]]:
    letters = [(letter, n) for n, word in enumerate(transcript.words) for letter in _bare(word.text)]
    text = "".join(letter for letter, _ in letters)
    at = text.find(wanted)
    while at >= 0:
        yield letters[at][1], letters[at + len(wanted) - 1][1] + 1
        at = text.find(wanted, at + len(wanted))


def _parts(text: str) -> list[str]:
    return [bare for part in text.replace("-", " ").replace("–", " ").split() if (bare := _bare(part))]


def _bare(text: str) -> str:
    """Letters and digits alone, without case and accents; combining vowels of other scripts stay."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(
        c for c in plain if c.isalnum() or (unicodedata.combining(c) == 0 and unicodedata.category(c) in ("Mc", "Mn"))
    )
