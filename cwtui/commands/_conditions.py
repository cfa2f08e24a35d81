"""The condition of takes and files on the command line: as a mark, a line, and JSON."""

from __future__ import annotations

from typing import Any

from engine.catalog import Condition, Take


def condition_mark(take: Take, condition: Condition) -> str:
    """Of a take, in this order: damaged, waits for the director, not checked yet, whole."""
    if condition.damage:
        return "[red]✗[/]"
    if take.needs_director:
        return "[yellow]![/]"
    return "[grey62]?[/]" if not condition.checked else "[green]·[/]"


def condition_json(condition: Condition) -> dict[str, Any]:
    """{state, checked, damage}: `state` is whole, damaged or unchecked."""
    return {"state": condition.state, **condition.model_dump(mode="json")}


def condition_line(condition: Condition) -> str:
    """The state, and whether all of it was decoded."""
    checked = "all of it decoded" if condition.checked else "not decoded yet; --decode checks it"
    return f"{condition.state}, {checked}" if condition.state != "unchecked" else checked
