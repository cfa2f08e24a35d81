"""The command that lists the checks of finished files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.deliver import CheckRule


def checks(
    check: Annotated[str | None, typer.Argument(metavar="[ID]", help="The id of a check: what it measures.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List the checks of finished files; with an id, what it measures and what to do if it fails."""
    from engine.deliver import KINDS, check_rules, find_rule

    if check is not None:
        _show(find_rule(check), as_json)
        return
    rules = check_rules()
    if as_json:
        show_json({"checks": [_json(rule) for rule in rules]})
        return
    from cwtui.commands._tables import plain_table

    table = plain_table("id", "check", "applies to")
    for rule in rules:
        kinds = "all" if rule.applies_to == KINDS else ", ".join(rule.applies_to)
        table.add_row(rule.id, quoted(rule.title), kinds)
    human_console().print(table)


def _show(rule: CheckRule, as_json: bool) -> None:
    if as_json:
        show_json(_json(rule))
        return
    console = human_console()
    console.print(f"[bold]{quoted(rule.title)}[/] ({rule.id}; {', '.join(rule.applies_to)})")
    console.print(quoted(rule.measures))
    console.print(f"[yellow]→[/] If it fails: {quoted(rule.remedy)}")


def _json(rule: CheckRule) -> dict[str, Any]:
    return {
        "id": rule.id,
        "title": rule.title,
        "measures": rule.measures,
        "remedy": rule.remedy,
        "applies_to": list(rule.applies_to),
    }


COMMANDS = (checks,)
