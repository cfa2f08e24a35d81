"""The errors of recipes, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.validation import Problem


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The errors of a recipe's text: their lines from 1, their keys and their messages."""
    return [
        {
            "line": None if one.line is None else one.line + 1,
            "key": ".".join(one.keys) or None,
            "message": one.message,
        }
        for one in problems
    ]
