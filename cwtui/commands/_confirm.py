"""Confirmation before a command downloads or removes something."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask for confirmation.")]


def require_answer(action: str, yes: bool) -> None:
    """Raises GateError if `action` needs confirmation and stdin is not a terminal."""
    from engine.errors import GateError

    if not yes and not sys.stdin.isatty():
        raise GateError(f"{action} requires confirmation.", "Re-run with --yes.")


def confirm(question: str, yes: bool, otherwise: str) -> None:
    """Asks the question unless `yes` is set. Raises Cancelled with the message `otherwise` if the answer is no."""
    from engine.errors import Cancelled

    try:
        if yes or typer.confirm(question, err=True):
            return
    except typer.Abort:
        pass
    raise Cancelled(otherwise)
