"""Edits of a cut's titles: add, remove, move, change. Titles are numbered in the order of their starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import count

from engine.errors import RequestError
from engine.timeline.clip_list import at_text
from engine.timeline.cut import Cut, CutTitle


def add_title(
    cut: Cut, template: str, version: int, design: str, start: int, length: int, fields: Mapping[str, str]
) -> Cut:
    """Adds a title. Raises RequestError unless it begins in the cut and has a length; it ends with the cut at last."""
    used = {title.id for title in cut.titles}
    unused = next(text for number in count(1) if (text := str(number)) not in used)
    start, length = _within(cut, start, length)
    title = CutTitle(unused, template, version, start, length, tuple(fields.items()), design)
    return _with_titles(cut, (*cut.titles, title))


def remove_title(cut: Cut, number: int) -> Cut:
    """Removes a title by its number, from 1. Raises RequestError if there is none."""
    gone = title_of(cut, number)
    return _with_titles(cut, (title for title in cut.titles if title is not gone))


def move_title(cut: Cut, number: int, start: int | None = None, length: int | None = None) -> Cut:
    """Changes the start or the length of a title, by its number from 1. Raises RequestError as `add_title`."""
    title = title_of(cut, number)
    placed = _within(cut, title.start if start is None else start, title.length if length is None else length)
    return _replaced(cut, title, replace(title, start=placed[0], length=placed[1]))


def change_title(
    cut: Cut, number: int, fields: Mapping[str, str], version: int | None = None, design: str | None = None
) -> Cut:
    """Changes fields of a title, and its template with a `version` and a `design`.

    Raises RequestError if there is no title of this number.
    """
    title = title_of(cut, number)
    values = {**dict(title.fields), **fields}
    changed = replace(
        title,
        fields=tuple(values.items()),
        version=title.version if version is None else version,
        design=title.design if design is None else design,
    )
    return _replaced(cut, title, changed)


def title_of(cut: Cut, number: int) -> CutTitle:
    """A title by its number, from 1. Raises RequestError if there is none."""
    if not 1 <= number <= len(cut.titles):
        has = f"It has {len(cut.titles)}" if cut.titles else "It has none"
        raise RequestError(f"“{cut.name}” has no title {number}.", f"{has}; cwtui title list CUT shows them.")
    return cut.titles[number - 1]


def _within(cut: Cut, start: int, length: int) -> tuple[int, int]:
    if not 0 <= start < cut.length:
        raise RequestError(
            f"A title cannot begin at {at_text(cut, max(0, start))}.",
            f"“{cut.name}” ends at {at_text(cut, cut.length)}: choose an earlier time.",
        )
    if length < 1:
        raise RequestError("A title has at least one frame.", "Choose a longer one.")
    return start, min(length, cut.length - start)


def _replaced(cut: Cut, title: CutTitle, changed: CutTitle) -> Cut:
    return _with_titles(cut, (changed if one is title else one for one in cut.titles))


def _with_titles(cut: Cut, titles: Iterable[CutTitle]) -> Cut:
    return replace(cut, titles=tuple(sorted(titles, key=lambda one: (one.start, one.length, one.id))))
