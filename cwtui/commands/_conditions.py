"""Formats the condition of takes and files as a symbol, a line and JSON."""

from __future__ import annotations

from typing import Any

from engine.catalog import Condition, Take


def condition_mark(take: Take, condition: Condition) -> str:
    """A take's status symbol. Order of precedence: damaged, needs the user, not checked, intact."""
    if condition.damage:
        return "[red]✗[/]"
    if take.needs_director:
        return "[yellow]![/]"
    return "[grey62]?[/]" if not condition.checked else "[green]·[/]"


def condition_json(condition: Condition) -> dict[str, Any]:
    """{state, checked, damage}: `state` is whole, damaged or unchecked."""
    return {"state": condition.state, **condition.model_dump(mode="json")}


def condition_line(condition: Condition) -> str:
    """The state, and whether the whole file was decoded."""
    checked = "fully decoded" if condition.checked else "not checked yet; use --decode"
    return f"{condition.state}, {checked}" if condition.state != "unchecked" else checked
