"""Suggestions to delete fillers, and sentences to the crew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from engine.timeline.cut import SAMPLE_RATE
from engine.timeline.filler_list import FillerList, filler_list, phrase_at, phrase_before
from engine.timeline.spoken import CutWord, TakeWords
from engine.timeline.suggestion import Suggestion, word_suggestion

_SURE, _SET_OFF, _HALF_SET_OFF, _WITHIN = 0.98, 0.9, 0.55, 0.2
# A pause this long separates a phrase from its sentence; one this long ends a sentence without a full stop.
_PAUSE = SAMPLE_RATE * 15 // 100
_SENTENCE_PAUSE = SAMPLE_RATE * 2 // 5
_CLAUSE = tuple(",;:–—-…")
_ASIDES = {1: 0.4, 2: 0.75}
_STOPS = 0.85


def find_fillers(words: Sequence[CutWord], spoken: Mapping[str, TakeWords]) -> list[Suggestion]:
    """Fillers by the lists of the takes' languages, in order and without overlap."""
    bare = [word.word.bare for word in words]
    found: list[Suggestion] = []
    at = 0
    while at < len(words):
        listed = filler_list(spoken[words[at].take].language_at(words[at].place))
        if (count := phrase_at(bare, at, listed.sounds)) and _is_sound(words[at + count - 1].text):
            reason = f"“{words[at].text.strip(',.')}” is a filler."
            found.append(word_suggestion("filler", words, at, at + count, _SURE, reason))
        elif count := phrase_at(bare, at, listed.phrases):
            confidence, why = _set_off(words, at, at + count, listed)
            reason = f"“{' '.join(bare[at : at + count])}” {why}."
            found.append(word_suggestion("filler", words, at, at + count, confidence, reason))
        at += count or 1
    return found


def find_asides(words: Sequence[CutWord], spoken: Mapping[str, TakeWords]) -> list[Suggestion]:
    """Whole sentences to the crew, such as “let me try that again”, and corrections after which a clip ends."""
    found: list[Suggestion] = []
    begin = 0
    for n in range(1, len(words) + 1):
        if n < len(words) and not _ends(words[n - 1], words[n]):
            continue
        listed = filler_list(spoken[words[begin].take].language_at(words[begin].place))
        said = [word.word.bare for word in words[begin:n] if word.word.bare]
        if tuple(said) in listed.asides:
            reason = "This sentence is for the crew, not for the audience."
            found.append(word_suggestion("aside", words, begin, n, _ASIDES.get(len(said), 0.92), reason))
        elif n == len(words) or words[n].clip != words[n - 1].clip:
            count = phrase_before(said, len(said), listed.asides)
            if count and not words[n - count - 1].word.ends_sentence:
                reason = "The speaker stops in the middle of a sentence."
                found.append(word_suggestion("aside", words, n - count, n, _STOPS, reason))
        begin = n
    return found


def _is_sound(text: str) -> bool:
    """Whether a listed sound is one here: not a question (“Hm?”), and no abbreviation (“the ER”, “die EM”)."""
    letters = [letter for letter in text if letter.isalpha()]
    return "?" not in text and (len(letters) < 2 or not all(letter.isupper() for letter in letters))


def _set_off(words: Sequence[CutWord], first: int, last: int, listed: FillerList) -> tuple[float, str]:
    """The confidence that a phrase is a filler, and why."""
    before, after = words[first - 1] if first else None, words[last] if last < len(words) else None
    begins = before is None or _parted(before, words[first])
    text = words[last - 1].text.rstrip("\"'”’")
    ends = after is None or _parted(words[last - 1], after)
    if text.endswith("?") or (before is None and after is None):
        ends = False
    if before is not None and (before.word.bare,) in listed.sounds and not begins:
        begins = True
    sure = begins and ends
    if sure:
        return _SET_OFF, "stands apart from its sentence"
    if begins or ends:
        return _HALF_SET_OFF, "may stand apart from its sentence"
    return _WITHIN, "may be part of its sentence"


def _parted(one: CutWord, two: CutWord) -> bool:
    return one.clip != two.clip or one.word.ends_sentence or one.text.endswith(_CLAUSE) or two.start - one.end >= _PAUSE


def _ends(one: CutWord, two: CutWord) -> bool:
    return one.clip != two.clip or one.word.ends_sentence or two.start - one.end >= _SENTENCE_PAUSE
