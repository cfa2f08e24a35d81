"""Commands for recipes: list, copy, remove, and the group of all of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands import recipes_compare, recipes_edit
from cwtui.commands._confirm import YesOption, confirm, require_answer
from cwtui.commands._options import ProjectOption, StudioOption, set_studio_folder, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._recipe_problems import problems_json
from cwtui.listed_command import group_of, listed_function, new_app

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.deliver import StoredRecipe


def list_(project: ProjectOption = None, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the built-in recipes and your own, with their errors and their last deliveries in a project."""
    _list(project, studio, as_json)


def copy(
    name: Annotated[str, typer.Argument(help="The recipe to copy.")],
    new: Annotated[str, typer.Argument(help="The name of the copy: letters, digits, - and _.")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a recipe to the studio's recipes folder, to edit it there."""
    from cwtui.commands._studio import open_or_create_studio
    from engine.deliver import OWN_RECIPES, copy_recipe, load_library
    from engine.errors import RequestError

    folder = studio_folder(studio)
    original = load_library(folder).recipe(name)
    if original.read_error:
        line, message = original.read_error
        raise RequestError(f"{name} cannot be copied: line {line + 1}: {message}.", f"Fix {original.path}.")
    open_or_create_studio(studio).close()
    copied = copy_recipe(folder, new, original.text)
    path = (folder / OWN_RECIPES / f"{copied}.toml").absolute()
    if as_json:
        show_json({"name": copied, "path": str(path)})
    else:
        human_console().print(f"[green]✓[/] Created {quoted(copied)}: {quoted(path)}", soft_wrap=True)


def remove(
    name: Annotated[str, typer.Argument(help="A recipe of your own.")],
    yes: YesOption = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a recipe of your own, after confirmation. Its deliveries are kept."""
    from cwtui.console.documents.drafts import write_draft
    from engine.deliver import load_library, refuse_built_in, remove_recipe

    recipe = load_library(studio_folder(studio)).recipe(name)
    refuse_built_in(recipe)
    require_answer(f"Removing {name}", yes)
    confirm(f"Remove {name}?", yes, "Nothing was removed.")
    remove_recipe(recipe)
    # The console lists a draft without a file as a recipe that is not saved yet.
    write_draft(recipe.path, None)
    if as_json:
        show_json({"removed": name})
    else:
        human_console().print(f"[green]✓[/] Removed {quoted(name)}. Its deliveries are kept.")


def _list(project: str | None, studio: Path | None, as_json: bool) -> None:
    from engine.deliver import OWN_RECIPES, load_library

    folder = studio_folder(studio)
    listed = list(load_library(folder, _project(folder, project)).by_name.values())
    if as_json:
        own = (folder / OWN_RECIPES).absolute()
        show_json({"folder": str(own), "recipes": [_recipe_json(one) for one in listed]})
        return
    from cwtui.commands._tables import plain_table

    problems = {one.name: found for one in listed if (found := one.problems())}
    table = plain_table("", "recipe", "title", "", "last delivery")
    for one in listed:
        mark = "[red]✗[/]" if one.name in problems else ""
        table.add_row(mark, quoted(one.name), quoted(one.title), _origin(one), _last_delivery(one))
    console = human_console()
    console.print(table)
    for name, found in problems.items():
        for problem in found:
            console.print(f"[red]✗[/] {quoted(name)}: {quoted(str(problem))}", soft_wrap=True)


def _project(folder: Path, name: str | None) -> Project | None:
    """The named project, the only one or the current one; None if no name is given and there is no such project."""
    from engine.catalog import Catalog

    if name is None and not Catalog.exists_in(folder):
        return None
    from engine.studio import Studio

    studio = Studio(folder)
    try:
        if name is None and len(studio.catalog.projects()) != 1:
            return studio.catalog.current_project()
        return studio.project(name)
    finally:
        studio.close()


def _origin(recipe: StoredRecipe) -> str:
    return "replaces built-in" if recipe.replaces_built_in else "own" if recipe.own else ""


def _last_delivery(recipe: StoredRecipe) -> str:
    if recipe.delivered_at is None:
        return ""
    if recipe.failed:
        result = f"[red]✗[/] {recipe.failed} of {recipe.checks} checks failed"
    else:
        mark = "[yellow]![/] incomplete," if recipe.incomplete else "[green]✓[/]"
        if recipe.warnings:
            from cwtui.formatting import plural

            mark = f"[yellow]![/] {plural(recipe.warnings, 'warning')},"
        if recipe.reviews:
            mark = f"[yellow]![/] needs the review {quoted(', '.join(recipe.reviews))},"
        result = f"{mark} {recipe.checks} checks"
    return f"{recipe.delivered_at:%d %b %Y}  {result}"


def _recipe_json(recipe: StoredRecipe) -> dict[str, Any]:
    delivered = None
    if recipe.delivered_at:
        delivered = {
            "at": recipe.delivered_at.isoformat(),
            "checks": recipe.checks,
            "failed": recipe.failed,
            "warnings": recipe.warnings,
            "complete": not recipe.incomplete,
            "reviews": list(recipe.reviews),
        }
    return {
        "name": recipe.name,
        "title": recipe.title,
        "own": recipe.own,
        "replaces_built_in": recipe.replaces_built_in,
        "path": str(recipe.path.absolute()),
        "problems": problems_json(recipe.problems()),
        "delivered": delivered,
    }


VERBS: tuple[Callable[..., Any], ...] = (list_, copy, remove, *recipes_edit.COMMANDS, *recipes_compare.COMMANDS)
"""The functions of the group, one a verb."""

recipes = new_app(
    "recipes",
    help="Manage the recipes of deliverables.",
    cls=group_of(*(listed_function(function) for function in VERBS)),
    invoke_without_command=True,
)


@recipes.callback()
def _default(context: typer.Context, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Manage the recipes of deliverables."""
    if studio is not None:
        set_studio_folder(studio)
    if context.invoked_subcommand is None:
        _list(None, studio, as_json)
