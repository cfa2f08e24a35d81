"""The errors of recipes and looks, as text and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cwtui.commands._output import human_console, quoted

if TYPE_CHECKING:
    from engine.validation import Problem


def problems_json(problems: Sequence[Problem]) -> list[dict[str, Any]]:
    """The errors of a text: their lines from 1, their keys and their messages."""
    return [
        {
            "line": None if one.line is None else one.line + 1,
            "key": ".".join(one.keys) or None,
            "message": one.message,
        }
        for one in problems
    ]


def show_problems(name: str, path: Path, problems: Sequence[Problem]) -> None:
    """Prints the errors of a file, each with its line, or that it has none."""
    console = human_console()
    if not problems:
        console.print(f"[green]✓[/] {quoted(name)}", soft_wrap=True)
    for problem in problems:
        line = "" if problem.line is None else f":{problem.line + 1}"
        console.print(f"[red]✗[/] {quoted(path)}{line}: {quoted(problem.message)}", soft_wrap=True)
