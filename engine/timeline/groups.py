"""Groups of takes that say the same: retakes, by the director, by slate, and by their words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from engine.timeline.filler_list import filler_list, phrase_before
from engine.timeline.material import FALSE_START, LineReadings, Reading, ShotTake, kept_words
from engine.timeline.spoken import TakeWords
from engine.timeline.stumbles import stumbles_in

# The share of equal words, in order, of two readings of one text.
_SAME = 0.75
# A take that says a part of another: so many words, of which this share is the same.
_PART, _SAME_PART = 5, 0.85
# A false start has a beginning of this many words in common with one of the next takes.
_FALSE_START, _NEXT = 3, 5
_NEAR = 6
_SLATE_WORDS = 8
# The first code point of a supplementary plane: none is a surrogate from here on.
_FIRST_LETTER = 0x10000
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}
_NUMBER = rf"\d+|{'|'.join(_NUMBERS)}"
_SLATE = re.compile(rf"^(?:(?:scene|slate|shot|szene|escena|scena) (\w+) )?(?:take|klappe|toma) ({_NUMBER})\b")


@dataclass(frozen=True)
class _Spoken:
    """The words of a take that are compared: without stumbles, the slate, and corrections at the end.

    In `bare` each different word is one character, because strings are compared quickest.
    """

    numbers: tuple[int, ...]
    bare: str
    slate: tuple[str | None, str] | None


def group_takes(takes: Sequence[ShotTake]) -> list[LineReadings]:
    """The takes in groups that say the same, in shooting order of their first takes.

    A take without words is a group of its own. The director's retakes come first, then slates, then similar words: so
    that a group can have takes of other sessions, but a false start belongs only to one of the next five takes.
    """
    letters: dict[str, str] = {}
    said = [_spoken(take, letters) for take in takes]
    bags = [set(one.bare) for one in said]
    parents = list(range(len(takes)))
    reasons: dict[int, str] = {}

    def root(n: int) -> int:
        while parents[n] != n:
            n = parents[n]
        return n

    for first, second, reason in _links(takes, said, bags):
        one, two = sorted((root(first), root(second)))
        if one != two:
            parents[two] = one
            reasons[one] = reasons.get(one) or reasons.get(two) or reason
    members: dict[int, list[int]] = {}
    for n in range(len(takes)):
        members.setdefault(root(n), []).append(n)
    return [_group(takes, said, found, reasons.get(first, "")) for first, found in members.items()]


class RetakeFinder:
    """Finds the take that a take is a failed attempt at, as `group_takes` does. It prepares words once."""

    def __init__(self) -> None:
        self._letters: dict[str, str] = {}
        self._said: dict[str, tuple[TakeWords | None, _Spoken]] = {}

    def retake_of(self, take: ShotTake, following: Iterable[ShotTake]) -> ShotTake | None:
        """The first of the next five takes that is of the same session and says the same; None without one.

        A take of one or two words is too short to tell.
        """
        mine = self._spoken(take).bare
        if len(mine) < _FALSE_START:
            return None
        for other in islice(following, _NEXT):
            if other.session == take.session and _alike(mine, self._spoken(other).bare, near=True):
                return other
        return None

    def _spoken(self, take: ShotTake) -> _Spoken:
        known = self._said.get(take.id)
        if known is None or known[0] is not take.words:
            known = self._said[take.id] = take.words, _spoken(take, self._letters)
        return known[1]


def _links(
    takes: Sequence[ShotTake], said: Sequence[_Spoken], bags: Sequence[set[str]]
) -> Iterator[tuple[int, int, str]]:
    places = {take.id: n for n, take in enumerate(takes)}
    for n, take in enumerate(takes):
        if take.retake_of in places:
            yield n, places[take.retake_of], "the director's retake"
    scenes: dict[str, int] = {}
    for n, one in enumerate(said):
        if one.slate is None:
            continue
        scene, number = one.slate
        if scene and scene in scenes:
            yield scenes[scene], n, "the slate"
        elif scene is None and number not in ("1", "one") and n and takes[n - 1].session == takes[n].session:
            yield n - 1, n, "the slate"
        if scene:
            scenes[scene] = n
    for first, one in enumerate(said):
        bag = bags[first]
        for second in range(first + 1, len(said)):
            other, others = said[second], bags[second]
            if bag and others and 2 * len(bag & others) >= min(len(bag), len(others)):
                near = second - first <= _NEXT and takes[first].session == takes[second].session
                if reason := _alike(one.bare, other.bare, near=near):
                    yield first, second, reason
                    if reason == FALSE_START:
                        break


def _alike(one: str, two: str, *, near: bool) -> str:
    """Why two texts are readings of the same; empty if they are not."""
    from rapidfuzz.distance import Indel, LCSseq

    if Indel.normalized_similarity(one, two, score_cutoff=_SAME):
        return "the same words"
    short, long = sorted((one, two), key=len)
    if len(short) >= _PART:
        window = len(short) * 5 // 4 + 1
        for part in (long[:window], long[-window:]):
            if LCSseq.similarity(short, part) >= _SAME_PART * len(short):
                return "a part of the same words"
    if near and _FALSE_START <= len(one) < len(two) and one[:_FALSE_START] == two[:_FALSE_START]:
        # A longer take with the same beginning says something else.
        begin = two[: len(one) + 2]
        if LCSseq.similarity(one, begin) >= _SAME_PART * len(one):
            return FALSE_START
    return ""


def _group(takes: Sequence[ShotTake], said: Sequence[_Spoken], numbers: Sequence[int], reason: str) -> LineReadings:
    from rapidfuzz.distance import LCSseq

    longest = max(numbers, key=lambda n: (len(said[n].bare), -n))
    line = _common_line(said[longest].bare, [said[n].bare for n in numbers if n != longest])
    readings = []
    for n in numbers:
        words = said[n].numbers
        common = LCSseq.similarity(said[n].bare, line)
        last = words[-1] + 1 if words else 0
        readings.append(Reading(takes[n], words[0] if words else 0, last, common, len(words) - common))
    text = readings[numbers.index(longest)].text
    return LineReadings(tuple(readings), text, len(line), None, reason)


def _common_line(longest: str, others: Sequence[str]) -> str:
    """The longest reading without the words that most others leave out between words that they have.

    If there is only one other, only words that come again nearby are left out: the rest of an unnoticed restart.
    """
    from rapidfuzz.distance import LCSseq

    spanned, same = [0] * len(longest), [0] * len(longest)
    for other in others:
        blocks = [(one.src_start, one.src_end) for one in LCSseq.opcodes(longest, other) if one.tag == "equal"]
        if not blocks:
            continue
        for n in range(blocks[0][0], blocks[-1][1]):
            spanned[n] += 1
        for start, end in blocks:
            for n in range(start, end):
                same[n] += 1
    kept = []
    for n, word in enumerate(longest):
        near = longest[max(0, n - _NEAR) : n] + longest[n + 1 : n + 1 + _NEAR]
        least = 2 if word not in near else 1
        if spanned[n] < least or 2 * same[n] >= spanned[n]:
            kept.append(word)
    return "".join(kept)


def _spoken(take: ShotTake, letters: dict[str, str]) -> _Spoken:
    if take.words is None:
        return _Spoken((), "", None)
    listed = filler_list(take.words.language)
    numbers = kept_words(take)
    words = take.words.words
    slate = _SLATE.match(" ".join(words[n].bare for n in numbers[:_SLATE_WORDS]))
    if slate:
        numbers = numbers[len(slate[0].split()) :]
    if not numbers:
        return _Spoken((), "", None)
    first, last = numbers[0], numbers[-1] + 1
    stumbles = {first + n for one in stumbles_in(take.words, first, last) for n in range(one.first, one.last)}
    numbers = [n for n in numbers if n not in stumbles]
    count = phrase_before([words[n].bare for n in numbers], len(numbers), listed.corrections | listed.asides)
    if count < len(numbers):
        numbers = numbers[: len(numbers) - count]
    found = (slate[1], _NUMBERS.get(slate[2], slate[2])) if slate else None
    text = "".join(letters.setdefault(words[n].bare, chr(_FIRST_LETTER + len(letters))) for n in numbers)
    return _Spoken(tuple(numbers), text, found)
