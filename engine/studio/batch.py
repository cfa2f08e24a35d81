"""What the deliverables of one request have to do with each other: names that differ, and the order of the work."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from engine.deliver import Recipe
from engine.errors import RequestError
from engine.jobs import JobRequest


class TakenNameError(RequestError):
    """Two deliverables of a request would have files of the same name."""


def refuse_taken(recipe: Recipe, names: Iterable[str], stretch: str, taken: dict[str, str]) -> None:
    """Adds the names of a stretch's files to `taken`. Raises TakenNameError if another stretch has one of them.

    Names that differ only in case or in the form of their accents are the same file on a Mac.
    """
    for name in names:
        folded = unicodedata.normalize("NFC", name).casefold()
        if taken.setdefault(folded, stretch) != stretch:
            raise TakenNameError(
                f"{taken[folded]} and {stretch} would both be written to {name}.",
                f"Add {{take}} to files.name in the recipe {recipe.name}, which is “{recipe.files.name or '{take}'}”.",
            )


def one_after_another(steps: Sequence[tuple[str, JobRequest]]) -> list[tuple[str, JobRequest]]:
    """The jobs of steps in a chain: one that fails stops those that follow."""
    chained: list[tuple[str, JobRequest]] = []
    for name, step in steps:
        before = (chained[-1][1],) if chained else ()
        chained.append((name, replace(step, after=(*step.after, *before))))
    return chained
