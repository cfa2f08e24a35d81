"""Suggested edits of a cut: found, accepted and refused."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion
from engine.timeline.cut import Cut
from engine.timeline.edges import LevelsOf
from engine.timeline.fillers import find_asides, find_fillers
from engine.timeline.restarts import find_restarts
from engine.timeline.silences import SilenceRule, find_silences
from engine.timeline.spoken import TakeWords, words_of
from engine.timeline.suggestion import KINDS, Suggestion, SuggestionKind
from engine.timeline.word_edits import PauseCut, delete_words

LEAST_CONFIDENCE = 0.7
"""Suggestions with less confidence are shown only on request."""


def suggest(
    cut: Cut,
    spoken: Mapping[str, TakeWords],
    *,
    kinds: Collection[SuggestionKind] = KINDS,
    silences: SilenceRule | None = None,
    least: float = LEAST_CONFIDENCE,
    levels: LevelsOf | None = None,
    script: str = "",
) -> list[Suggestion]:
    """The suggestions for a cut, in its order, without those that the user refused.

    `silences` says which silences are shortened, and to which length. `least` is the least confidence. A filler within
    an attempt that is said again is not listed on its own. `script` are the words that were to be said, if known.
    """
    words = words_of(cut, spoken)
    fillers = find_fillers(words, spoken)
    sure = frozenset(n for one in fillers if one.confidence >= LEAST_CONFIDENCE for n in range(one.first, one.last))
    found: list[Suggestion] = []
    within: set[int] = set()
    if {"restart", "repeat"} & set(kinds):
        restarts = find_restarts(words, spoken, sure, script)
        restarts = [one for one in restarts if one.confidence >= least and one.key not in cut.refused]
        within = {n for one in restarts for n in range(one.first, one.last)}
        found += restarts
    asides = find_asides(words, spoken) if "aside" in kinds else []
    found += [one for one in (*fillers, *asides) if not within.issuperset(range(one.first, one.last))]
    if "silence" in kinds:
        found += find_silences(cut, words, silences or SilenceRule(), levels)
    wanted = (one for one in found if one.kind in kinds and one.confidence >= least and one.key not in cut.refused)
    return sorted(wanted, key=lambda one: (one.start, one.end))


def accept(
    cut: Cut, spoken: Mapping[str, TakeWords], accepted: Iterable[Suggestion], levels: LevelsOf | None = None
) -> Cut:
    """The cut with suggestions applied, all in one edit. They must come from `suggest` of this cut.

    Raises RequestError if nothing would be left.
    """
    pauses: defaultdict[int, list[PauseCut]] = defaultdict(list)
    ranges = []
    for one in accepted:
        if one.pause:
            pauses[one.first].append(one.pause)
        else:
            ranges.append((one.first, one.last))
    return delete_words(cut, spoken, ranges, levels, pauses)


def refuse(cut: Cut, refused: Iterable[Suggestion]) -> Cut:
    """The cut that does not offer these suggestions again."""
    return replace(cut, refused=cut.refused | {one.key for one in refused})


def suggestions_named(found: Sequence[Suggestion], references: Sequence[str]) -> list[Suggestion]:
    """Suggestions by number (from 1), range of numbers (3-7), key or kind. Raises RequestError for an unknown one."""
    chosen: dict[str, Suggestion] = {}
    keys = {one.key: one for one in found}
    for reference in references:
        first, dash, last = reference.partition("-")
        if reference in KINDS:
            named = [one for one in found if one.kind == reference]
        elif reference in keys:
            named = [keys[reference]]
        elif first.isdigit() and (last.isdigit() or not dash) and 0 < int(first) <= int(last or first) <= len(found):
            named = list(found[int(first) - 1 : int(last or first)])
        else:
            raise RequestError(
                f"There is no suggestion “{reference}”.",
                hint_with_suggestion(reference, [*keys, *KINDS], "cwtui cut suggest lists them with their numbers."),
            )
        chosen |= {one.key: one for one in named}
    return list(chosen.values())
