"""Times as users write them."""

from __future__ import annotations

import re
from fractions import Fraction

from engine.errors import RequestError


def parse_seconds(text: str) -> Fraction:
    """Parses a time into seconds: 1.5, .5, 90, 1:30, 0:01:30.5. Raises RequestError if it is invalid."""
    parts = text.split(":")
    if len(parts) > 3 or not all(re.fullmatch(r"\d{1,9}(\.\d{0,9})?|\.\d{1,9}", part) for part in parts):
        raise RequestError(f"“{text}” is not a time.", "Use seconds (1.5) or minutes:seconds (1:30).")
    return sum((Fraction(part) * 60**power for power, part in enumerate(reversed(parts))), Fraction(0))
