"""Bounds on what a font makes of text: the points of an outline, and the glyphs that one character becomes.

Rules of substitution (GSUB) may replace a glyph by several ones, and the next rule these again: thirty small rules make
2³⁰ glyphs of one letter. Composite outlines (glyf) multiply in the same way. Both are computed here without shaping.

Source: OpenType 1.9.1, GSUB and glyf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

HUGE = 1 << 40
"""Larger numbers count as equal."""
_MOST_PARTS = 16
_SINGLE, _MULTIPLE, _ALTERNATE, _LIGATURE, _EXTENSION, _REVERSE = 1, 2, 3, 4, 7, 8
_CONTEXTS = (5, 6)


def most_points(font: TTFont) -> tuple[str, int]:
    """The glyph with the most points, with those of its parts, and their number."""
    if "glyf" not in font:
        strings = font["CFF "].cff.topDictIndex[0].CharStrings
        name = max(strings.keys(), key=lambda one: len(strings[one].bytecode or b""))
        return name, len(strings[name].bytecode or b"")
    counted: dict[str, int] = {}
    for name in font.getGlyphOrder():
        _points_of(font["glyf"], name, counted)
    most = max(counted, key=lambda name: counted[name])
    return most, counted[most]


def _points_of(outlines: Any, first: str, counted: dict[str, int]) -> None:
    """Counts the points of a glyph and its parts, without recursion. A glyph that contains itself is huge."""
    waiting = [(first, False)]
    open_: set[str] = set()
    while waiting:
        name, ready = waiting.pop()
        if name in counted:
            continue
        glyph = outlines[name]
        parts = [part.glyphName for part in glyph.components] if glyph.isComposite() else []
        if ready or not parts:
            own = 0 if parts else len(getattr(glyph, "coordinates", ()))
            counted[name] = min(own + sum(counted.get(part, HUGE) for part in parts), HUGE)
            open_.discard(name)
        elif name in open_ or len(parts) > _MOST_PARTS * 4:
            counted[name] = HUGE
        else:
            open_.add(name)
            waiting.append((name, True))
            waiting += [(part, False) for part in parts if part not in counted]


def most_glyphs(font: TTFont) -> tuple[str, int]:
    """The glyph of a character that may become the most glyphs, and their number, limited by HUGE.

    The lookups of features are applied in the order of their numbers, each to the results of those before. A rule may
    or may not apply, so each glyph has the larger number of both. A rule in a context applies other lookups, one after
    another, each to one glyph: the number is that of all of them, wherever the context is.
    """
    letters = set(font.getBestCmap().values())
    if "GSUB" not in font or font["GSUB"].table.LookupList is None:
        return next(iter(sorted(letters)), ""), 1
    rules = LayoutRules(font["GSUB"].table.LookupList.Lookup)
    features = font["GSUB"].table.FeatureList
    records = features.FeatureRecord if features else ()
    applied = {one for record in records for one in record.Feature.LookupListIndex}
    sizes: dict[str, int] = {}
    for number in sorted((one for one in applied if one < len(rules.lookups)), reverse=True):
        changed = dict[str, int]()
        grown = rules.grown(number)
        for one in rules.reachable(number):
            for glyph, results in _replacements(rules.lookups[one]):
                size = sum(sizes.get(result, 1) for result in results)
                if one != number:
                    size = max(size, grown * max(sizes.get(result, 1) for result in (glyph, *results)))
                changed[glyph] = min(max(changed.get(glyph, 1), size), HUGE)
        for glyph, size in changed.items():
            sizes[glyph] = max(sizes.get(glyph, 1), size)
    most = max(sorted(letters), key=lambda name: sizes.get(name, 1), default="")
    return most, sizes.get(most, 1)


class LayoutRules:
    """The lookups of a font, with what their contexts apply."""

    def __init__(self, lookups: Any) -> None:
        self.lookups = lookups
        self._grown: dict[int, int] = {}

    def reachable(self, number: int) -> set[int]:
        """A lookup with those that its contexts apply, directly or not."""
        found: set[int] = set()
        waiting = [number]
        while waiting:
            one = waiting.pop()
            if one not in found and one < len(self.lookups):
                found.add(one)
                waiting += [applied for rule in _contexts(self.lookups[one]) for applied in rule]
        return found

    def grown(self, number: int, open_: frozenset[int] = frozenset()) -> int:
        """The most glyphs that one application of a lookup makes of one glyph. A lookup that applies itself is huge."""
        if number in open_ or len(open_) > _MOST_PARTS:
            return HUGE
        if number >= len(self.lookups):
            return 1
        if number not in self._grown:
            most = max((len(results) for _, results in _replacements(self.lookups[number])), default=1)
            for rule in _contexts(self.lookups[number]):
                most = max(most, 1 + sum(self.grown(one, open_ | {number}) - 1 for one in rule))
            self._grown[number] = min(most, HUGE)
        return self._grown[number]


def _subtables(lookup: Any) -> Iterator[Any]:
    for subtable in lookup.SubTable:
        yield subtable.ExtSubTable if subtable.LookupType == _EXTENSION else subtable


def _contexts(lookup: Any) -> Iterator[list[int]]:
    """The lookups that each rule of a context applies."""
    for subtable in _subtables(lookup):
        if subtable.LookupType not in _CONTEXTS:
            continue
        waiting: list[Any] = [subtable]
        while waiting:
            one = waiting.pop()
            if isinstance(one, list):
                waiting += one
            elif type(one).__module__.startswith("fontTools.ttLib.tables.otTables"):
                if records := getattr(one, "SubstLookupRecord", None):
                    yield [record.LookupListIndex for record in records]
                waiting += [value for key, value in vars(one).items() if "Rule" in key or "Set" in key]


def _replacements(lookup: Any) -> Iterator[tuple[str, list[str]]]:
    """Each glyph that a lookup replaces, with what it becomes. A ligature becomes one glyph, that of its first."""
    for subtable in _subtables(lookup):
        match subtable.LookupType:
            case 1:
                yield from ((glyph, [result]) for glyph, result in _mapping(subtable.mapping))
            case 2:
                yield from ((glyph, list(results)) for glyph, results in _mapping(subtable.mapping))
            case 3:
                for glyph, results in _mapping(subtable.alternates):
                    yield from ((glyph, [result]) for result in results)
            case 4:
                for glyph, ligatures in _mapping(subtable.ligatures):
                    yield from ((glyph, [ligature.LigGlyph]) for ligature in ligatures)
            case 8:
                yield from zip(subtable.Coverage.glyphs, ([result] for result in subtable.Substitute), strict=False)


def _mapping(values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from values.items()
