"""The error of a point shader."""

from __future__ import annotations

from engine.errors import RequestError


def refusal(name: str, line: int, reason: str) -> RequestError:
    """The error of a shader file at a line."""
    return RequestError(f"{name}, line {line}: {reason}.", "docs/market.md describes what a point shader may contain.")
