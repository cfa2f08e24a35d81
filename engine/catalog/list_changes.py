"""Changes of lists whose items have an order: the part that changes, recorded and put back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Splice:
    """The part of a list that a change replaces: `before` by `after`, from the index `at`. `rest` other items stay."""

    at: int
    rest: int
    before: list[Any]
    after: list[Any]

    @classmethod
    def between(cls, before: Sequence[Any], after: Sequence[Any]) -> Splice:
        """The smallest part that differs."""
        shortest = min(len(before), len(after))
        at = next((n for n in range(shortest) if before[n] != after[n]), shortest)
        tail = next((n for n in range(shortest - at) if before[-1 - n] != after[-1 - n]), shortest - at)
        return cls(at, at + tail, list(before[at : len(before) - tail]), list(after[at : len(after) - tail]))


def replace_part(
    items: Sequence[Any], at: int, rest: int, known: Sequence[Any], wanted: Sequence[Any]
) -> list[Any] | None:
    """The list with `wanted` in place of `known`, which is expected at the index `at` with `rest` other items.

    In a list that has changed since, `known` is replaced where it is found, if that is once. Returns None otherwise.
    """
    size = len(known)
    if len(items) == rest + size and list(items[at : at + size]) == list(known):
        return [*items[:at], *wanted, *items[at + size :]]
    found = [n for n in range(len(items) - size + 1) if list(items[n : n + size]) == list(known)]
    if not (known and wanted and rest and items) or len(found) != 1:
        return None
    return [*items[: found[0]], *wanted, *items[found[0] + size :]]
