"""Filters and orders of lists of takes."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.catalog.conditions import Condition
from engine.catalog.records import Take
from engine.catalog.review_records import Review

TAKE_FILTERS = ("all", "undecided", "kept", "retakes", "starred", "needs you", "damaged")
TAKE_SORTS = ("shot", "longest", "loudest", "newest")

# A take that is not measured is after all others.
_UNMEASURED_LUFS = -200.0


def matches_filter(take: Take, review: Review, condition: Condition, wanted: str) -> bool:
    """Returns whether a take is in the list of a filter; an unknown filter lists all takes."""
    new_damage = review.verdict is None and condition.state == "damaged"
    return {
        "undecided": review.verdict is None,
        "kept": review.verdict == "keep",
        "retakes": review.verdict == "retake",
        "starred": review.star,
        "needs you": take.needs_director or not take.probe.original or new_damage,
        "damaged": condition.state == "damaged",
    }.get(wanted, True)


def sort_takes(takes: Iterable[Take], by: str, loudness_of: Callable[[Take], float | None]) -> list[Take]:
    """Returns takes, given in shooting order, in another order; `loudness_of` returns LUFS."""
    if by == "longest":
        return sorted(takes, key=lambda take: -take.probe.duration)
    if by == "newest":
        return sorted(takes, key=lambda take: take.arrived_at, reverse=True)
    if by == "loudest":
        measured = [(take, loudness_of(take)) for take in takes]
        known = [(_UNMEASURED_LUFS if lufs is None else lufs, take) for take, lufs in measured]
        return [take for _, take in sorted(known, key=lambda pair: -pair[0])]
    return list(takes)
