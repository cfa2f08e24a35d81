"""Groups of takes that say the same: retakes, by the director, by slate, and by their words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine.timeline.filler_list import filler_list, phrase_before
from engine.timeline.material import LineReadings, Reading, ShotTake, kept_words
from engine.timeline.stumbles import stumbles_in

# The share of equal words, in order, of two readings of one text.
_SAME = 0.75
# A take that says a part of another: so many words, of which this share is the same.
_PART, _SAME_PART = 5, 0.85
# A false start has a beginning of this many words in common with one of the next takes.
_FALSE_START, _NEXT = 3, 5
_SLATE_WORDS = 8
_SLATE = re.compile(r"^(?:(?:scene|slate|shot|szene|escena|scena) (\w+) )?(?:take|klappe|toma) (\w+)\b")
_NUMBERS = {"one": "1", "two": "2", "three": "3", "four": "4", "five": "5", "six": "6", "seven": "7", "eight": "8"}


@dataclass(frozen=True)
class _Spoken:
    """The words of a take that are compared: without stumbles, the slate, and corrections at the end."""

    numbers: tuple[int, ...]
    bare: tuple[str, ...]
    slate: tuple[str | None, str] | None


def group_takes(takes: Sequence[ShotTake]) -> list[LineReadings]:
    """The takes in groups that say the same, in shooting order of their first takes.

    A take without words is a group of its own. The director's retakes come first, then slates, then similar words: so
    that a group can have takes of other sessions, but a false start belongs only to one of the next five takes.
    """
    said = [_spoken(take) for take in takes]
    parents = list(range(len(takes)))
    reasons: dict[int, str] = {}

    def root(n: int) -> int:
        while parents[n] != n:
            n = parents[n]
        return n

    for first, second, reason in _links(takes, said):
        one, two = sorted((root(first), root(second)))
        if one != two:
            parents[two] = one
            reasons[one] = reasons.get(one) or reasons.get(two) or reason
    members: dict[int, list[int]] = {}
    for n in range(len(takes)):
        members.setdefault(root(n), []).append(n)
    return [_group(takes, said, found, reasons.get(first, "")) for first, found in members.items()]


def _links(takes: Sequence[ShotTake], said: Sequence[_Spoken]) -> Iterator[tuple[int, int, str]]:
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
        bag = set(one.bare)
        for second in range(first + 1, len(said)):
            other = said[second]
            if bag and other.bare and len(bag & set(other.bare)) >= min(len(bag), len(set(other.bare))) / 2:
                near = second - first <= _NEXT and takes[first].session == takes[second].session
                if reason := _alike(one.bare, other.bare, near=near):
                    yield first, second, reason
                    if reason == "a false start":
                        break


def _alike(one: Sequence[str], two: Sequence[str], *, near: bool) -> str:
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
            return "a false start"
    return ""


def _group(takes: Sequence[ShotTake], said: Sequence[_Spoken], numbers: Sequence[int], reason: str) -> LineReadings:
    from rapidfuzz.distance import LCSseq

    longest = max(numbers, key=lambda n: (len(said[n].bare), -n))
    line = said[longest].bare
    readings = []
    for n in numbers:
        words = said[n].numbers
        if words:
            common = LCSseq.similarity(said[n].bare, line)
            readings.append(Reading(takes[n], words[0], words[-1] + 1, common))
        else:
            readings.append(Reading(takes[n], 0, 0))
    text = readings[numbers.index(longest)].text
    return LineReadings(tuple(readings), text, len(line), None, reason)


def _spoken(take: ShotTake) -> _Spoken:
    if take.words is None:
        return _Spoken((), (), None)
    listed = filler_list(take.words.language)
    numbers = kept_words(take)
    words = take.words.words
    slate = _SLATE.match(" ".join(words[n].bare for n in numbers[:_SLATE_WORDS]))
    if slate:
        numbers = numbers[len(slate[0].split()) :]
    if not numbers:
        return _Spoken((), (), None)
    first, last = numbers[0], numbers[-1] + 1
    stumbles = {first + n for one in stumbles_in(take.words, first, last) for n in range(one.first, one.last)}
    numbers = [n for n in numbers if n not in stumbles]
    count = phrase_before([words[n].bare for n in numbers], len(numbers), listed.corrections | listed.asides)
    if count < len(numbers):
        numbers = numbers[: len(numbers) - count]
    found = (slate[1], _NUMBERS.get(slate[2], slate[2])) if slate else None
    return _Spoken(tuple(numbers), tuple(words[n].bare for n in numbers), found)
