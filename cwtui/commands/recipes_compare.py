"""Commands that say what recipes mean: diff, explain."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of

if TYPE_CHECKING:
    from engine.deliver import Estimate, Recipe


def diff(
    one: Annotated[str, typer.Argument(help="A recipe, by name or as a .toml file.", metavar="RECIPE")],
    other: Annotated[str, typer.Argument(help="Another recipe.", metavar="OTHER")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two recipes by the values of their keys, inherited ones and defaults included."""
    from engine.deliver import OWN_RECIPES, load_recipe, recipe_differences

    own = studio_folder(studio) / OWN_RECIPES
    found = recipe_differences(*(load_recipe(preset_of(name, studio), own) for name in (one, other)))
    if as_json:
        show_json(
            {"recipes": [one, other], "differences": [{"key": each.key, "values": list(each.values)} for each in found]}
        )
        return
    console = human_console()
    if not found:
        console.print(f"{quoted(one)} and {quoted(other)} have the same values.")
        return
    from cwtui.commands._tables import plain_table

    table = plain_table("", quoted(one), quoted(other))
    for each in found:
        table.add_row(quoted(each.key), *(quoted(_written(value)) for value in each.values))
    console.print(table)


def explain(
    name: Annotated[str, typer.Argument(help="A recipe, by name or as a .toml file.", metavar="NAME")],
    take: Annotated[str | None, typer.Argument(help="A take or a file to deliver.", metavar="[TAKE]")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say in plain sentences what a recipe does; with a take, what it does to that take."""
    from engine.deliver import OWN_RECIPES, explain_recipe, load_recipe, planned_readiness, recipe_lineage

    folder = studio_folder(studio)
    own = folder / OWN_RECIPES
    name = preset_of(name, studio, project)
    recipe, extends = load_recipe(name, own), recipe_lineage(name, own)
    estimates = _estimates(folder, recipe, take, project) if take is not None else [None]
    said = [
        (estimate, explain_recipe(recipe, extends, estimate), planned_readiness(recipe, estimate))
        for estimate in estimates
    ]
    if as_json:
        show_json(
            {
                "name": recipe.name,
                "title": recipe.title,
                "extends": list(extends),
                "deliverables": [
                    {
                        "take": estimate.label if estimate else None,
                        "refused": (estimate.refused or None) if estimate else None,
                        "statements": [{"about": each.about, "text": each.text} for each in statements],
                        "platform": verdict.as_json() if verdict else None,
                    }
                    for estimate, statements, verdict in said
                ],
            }
        )
        return
    from cwtui.commands._delivery_result import show_verdict

    console = human_console()
    console.print(f"[bold]{quoted(recipe.title)}[/]")
    for estimate, statements, verdict in said:
        if estimate:
            console.print(f"[cyan]{quoted(estimate.label)}[/]")
            if estimate.refused:
                console.print(f"[yellow]![/] {quoted(estimate.refused)}", soft_wrap=True)
        for each in statements:
            console.print(f"  {quoted(each.text)}", soft_wrap=True)
        if verdict:
            show_verdict(console, verdict)


def _estimates(folder: Path, recipe: Recipe, take: str, project: str | None) -> list[Estimate]:
    from engine.studio import DeliveryRequest, Studio, forecast_delivery

    with Studio(folder) as studio:
        return list(forecast_delivery(studio, DeliveryRequest(recipe, (take,), project=project)).estimates)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


COMMANDS: tuple[Callable[..., Any], ...] = (diff, explain)
