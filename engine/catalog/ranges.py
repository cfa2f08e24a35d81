"""The kept ranges of a take: parts of it that are delivered, in order and without overlap."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from engine.catalog.media import Exact, FrozenModel
from engine.catalog.records import Take
from engine.errors import RequestError
from engine.time import format_time, rational

Span = tuple[Fraction, Fraction]
"""The start and the end of a part of a take, in seconds on its clock."""


class KeptRange(FrozenModel):
    """A kept part of a take, in seconds on its clock; None is the take's own start or end."""

    start: Exact | None = None
    end: Exact | None = None

    def span(self, duration: Fraction) -> Span:
        """The range within a take of `duration` seconds."""
        return self.start or Fraction(0), duration if self.end is None else self.end


def ordered_ranges(take: Take, ranges: Iterable[KeptRange]) -> tuple[KeptRange, ...]:
    """The ranges of a take, by time. A single range without times is none: the take is whole.

    Raises RequestError unless 0 ≤ start < end ≤ duration for each range and no two overlap.
    """
    duration = take.probe.duration
    ordered = sorted(ranges, key=lambda one: one.span(duration))
    if ordered == [KeptRange()]:
        return ()
    reached = Fraction(0)
    for number, one in enumerate(ordered, 1):
        start, end = one.span(duration)
        if not 0 <= start < end <= duration:
            raise RequestError(
                f"{take.label} cannot be trimmed from {float(start):g} to {float(end):g} s: "
                f"the take is {float(duration):.2f} s long.",
                "Choose a start before the end, both within the take.",
            )
        if start < reached:
            raise RequestError(
                f"{span_text((start, end))} overlaps range {number - 1} of {take.label}, "
                f"{span_text(ordered[number - 2].span(duration))}.",
                "Choose times outside of the other ranges, or remove that range first.",
            )
        reached = end
    return tuple(ordered)


def range_at(spans: Sequence[Span], at: Fraction) -> int | None:
    """The index of the range that a time is in; None between ranges."""
    return next((n for n, (start, end) in enumerate(spans) if start <= at < end), None)


def range_ending_after(spans: Sequence[Span], at: Fraction) -> int | None:
    """The index of the range that a time is in, or of the next one: an in point there is before its end."""
    return next((n for n, (_, end) in enumerate(spans) if at < end), None)


def range_starting_before(spans: Sequence[Span], at: Fraction) -> int | None:
    """The index of the range that a time is in, or of the previous one: an out point there is after its start."""
    return next((n for n in range(len(spans) - 1, -1, -1) if spans[n][0] < at), None)


def span_text(span: Span) -> str:
    """00:00:10.00 to 00:00:20.00."""
    return " to ".join(format_time(at, 2) for at in span)


def ranges_to_json(ranges: Iterable[KeptRange]) -> str:
    """The ranges as the catalog stores them: [[start, end], …] with exact pairs or null."""
    pairs = [[None if at is None else rational(at) for at in (one.start, one.end)] for one in ranges]
    return json.dumps(pairs, separators=(",", ":"))


def ranges_from_json(text: str) -> tuple[KeptRange, ...]:
    """The ranges from the catalog."""
    return tuple(KeptRange.model_validate({"start": start, "end": end}) for start, end in json.loads(text))


def current_review_row(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table `review` from a journal entry. Before schema 8 it had one range, in `starts` and `ends`."""
    if "starts" not in row:
        return row
    kept = {name: value for name, value in row.items() if name not in ("starts", "ends")}
    pair = [json.loads(row[name]) if row[name] else None for name in ("starts", "ends")]
    return {**kept, "ranges": json.dumps([pair] if any(pair) else [], separators=(",", ":"))}
