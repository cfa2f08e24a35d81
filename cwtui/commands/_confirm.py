"""Questions before a command does what cannot be undone."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def require_answer(action: str, yes: bool) -> None:
    """Raises GateError where `action` needs a yes and nobody can be asked."""
    from engine.errors import GateError

    if not yes and not sys.stdin.isatty():
        raise GateError(f"{action} needs your yes, and here is nobody to ask.", "Say it beforehand: --yes")


def confirm(question: str, yes: bool, otherwise: str) -> None:
    """Asks unless the answer is `yes` already. Raises Cancelled, saying `otherwise`, for a no."""
    from engine.errors import Cancelled

    try:
        if yes or typer.confirm(question, err=True):
            return
    except typer.Abort:
        pass
    raise Cancelled(otherwise)
