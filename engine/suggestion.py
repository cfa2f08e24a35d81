"""Suggestions for names that do not exist: “Did you mean youtube-4k?”."""

from __future__ import annotations

from collections.abc import Iterable

# The least similarity of two names, from 0 to 1. At 0.6, two of five letters may differ.
_LIKENESS = 0.6
_FEWEST_LETTERS = 2


def nearest(name: str, known: Iterable[str], likeness: float = _LIKENESS) -> str | None:
    """The known name that is most like a mistyped one, ignoring case; None if none is alike.

    A name that begins with the mistyped one is alike, however long it is. Numbers have no suggestions: a mistyped
    number could mean any other.
    """
    from difflib import get_close_matches

    wanted = name.strip().casefold()
    if len(wanted) < _FEWEST_LETTERS or wanted.isdigit():
        return None
    names = {one.casefold(): one for one in reversed(list(known)) if one}
    if alike := get_close_matches(wanted, names, 1, likeness):
        return names[alike[0]]
    begins = sorted((one for one in names if one.startswith(wanted)), key=len)
    return names[begins[0]] if begins else None


def did_you_mean(name: str, known: Iterable[str], likeness: float = _LIKENESS) -> str:
    """The question “Did you mean X?”; empty if no known name is like the mistyped one."""
    found = nearest(name, known, likeness)
    return f"Did you mean {found}?" if found else ""


def hint_with_suggestion(name: str, known: Iterable[str], hint: str, likeness: float = _LIKENESS) -> str:
    """The hint of an error about an unknown name: the suggestion, if there is one, and then `hint`."""
    return f"{did_you_mean(name, known, likeness)} {hint}".strip()
