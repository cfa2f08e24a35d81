"""Ranges of time as users type them."""

from __future__ import annotations

import re
from fractions import Fraction

from cwtui.formatting import format_seconds
from engine.errors import RequestError
from engine.time import format_short_time


def parse_range(text: str) -> tuple[Fraction, Fraction | None]:
    """The start and end in seconds of a range such as “0:03–0:38” or “3 38”; without an end, to the end of the take.

    Raises RequestError if it is not a range.
    """
    parts = [part for part in re.split(r"\s*(?:–|-|to|,|\s)\s*", text.strip()) if part]
    if not 1 <= len(parts) <= 2:
        raise RequestError(f"“{text}” is not a range.", "Write two times, such as 0:03–0:38.")
    from engine.studio import parse_seconds

    start, *rest = (parse_seconds(part) for part in parts)
    if rest and rest[0] <= start:
        raise RequestError(f"“{text}” ends before it starts.", "Write the earlier time first, such as 0:03–0:38.")
    return start, rest[0] if rest else None


def format_range(start: Fraction, end: Fraction | None) -> str:
    """A range as it is typed: 0:03–0:38; “0:03 to the end” without an end."""
    first = _format_time(start)
    return f"{first} to the end" if end is None else f"{first}–{_format_time(end)}"


def _format_time(at: Fraction) -> str:
    return format_short_time(at) if at.denominator == 1 else format_seconds(at)
