"""Commands that write recipes of one's own, and check them: new, edit, lint."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.commands._preset_editing import edit_preset
from cwtui.commands._recipe_problems import problems_json, show_problems

if TYPE_CHECKING:
    from engine.deliver import StoredRecipe


def new(
    name: Annotated[str, typer.Argument(help="The name of the recipe: letters, digits, - and _.", metavar="NAME")],
    extends: Annotated[
        str | None, typer.Option("--extends", help="A recipe whose keys the new one inherits.", metavar="RECIPE")
    ] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a recipe of your own, which inherits the keys of another or has the ones that most need."""
    from cwtui.commands._studio import open_or_create_studio
    from engine.deliver import OWN_RECIPES, copy_recipe, load_recipe, new_recipe_text
    from engine.errors import RequestError

    folder = studio_folder(studio)
    if extends is not None:
        if extends.endswith(".toml"):
            raise RequestError("--extends needs the name of a recipe, not a file.", "cwtui recipes lists the names.")
        extends = preset_of(extends, studio)
        parent = load_recipe(extends, folder / OWN_RECIPES)
        if parent.name not in _names(folder):
            raise RequestError(
                f"{extends} is a variant, which no recipe can extend.",
                "Extend the recipe itself, and set picture.view or picture.rendering.",
            )
    open_or_create_studio(studio).close()
    created = copy_recipe(folder, name, new_recipe_text(name, extends))
    path = (folder / OWN_RECIPES / f"{created}.toml").absolute()
    if as_json:
        show_json({"name": created, "path": str(path), "extends": extends})
        return
    console = human_console()
    console.print(f"[green]✓[/] Created {quoted(created)}: {quoted(path)}", soft_wrap=True)
    console.print(f"  [yellow]→[/] cwtui recipes edit {quoted(created)}", soft_wrap=True)


def edit(
    name: Annotated[str, typer.Argument(help="A recipe of your own.", metavar="NAME")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Edit a recipe of your own with $VISUAL or $EDITOR. A text with errors is kept as a draft, not saved."""
    from engine.deliver import find_problems, load_library
    from engine.errors import RequestError

    folder = studio_folder(studio)
    recipe = load_library(folder).recipe(name)
    if not recipe.own:
        raise RequestError(
            f"{name} is a built-in recipe.", f"Make one of your own: cwtui recipes new NAME --extends {name}"
        )
    path = recipe.path
    state = edit_preset(name, path, recipe.text, recipe.stamp, find_problems, "cwtui recipes edit")
    if as_json:
        show_json({"name": name, "path": str(path.absolute()), "state": state})
    else:
        said = "Saved" if state == "saved" else "Nothing changed in"
        human_console().print(f"[green]✓[/] {said} {quoted(name)}: {quoted(path.absolute())}", soft_wrap=True)


def lint(
    name: Annotated[
        str | None, typer.Argument(help="A recipe, by name or as a .toml file. Default: all.", metavar="[NAME|FILE]")
    ] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check recipes for errors, by name or as files; all of them without a name. Exits with 1 if there is an error."""
    listed = _listed(name, studio_folder(studio))
    problems = {one.name: one.problems() for one in listed}
    if as_json:
        show_json(
            {
                "recipes": [
                    {"name": one.name, "path": str(one.path.absolute()), "problems": problems_json(problems[one.name])}
                    for one in listed
                ]
            }
        )
    else:
        for one in listed:
            show_problems(one.name, one.path, problems[one.name])
    if any(problems.values()):
        raise typer.Exit(1)


def _names(folder: Path) -> list[str]:
    from engine.deliver import load_library

    return list(load_library(folder).by_name)


def _listed(name: str | None, folder: Path) -> list[StoredRecipe]:
    from engine.deliver import load_library, stored_recipe
    from engine.errors import RequestError

    if name is not None and name.endswith(".toml"):
        path = Path(name)
        if not path.is_file():
            raise RequestError(f"There is no file {name}.", "Check the path.")
        return [stored_recipe(path)]
    library = load_library(folder)
    return [library.recipe(name)] if name is not None else list(library.by_name.values())


COMMANDS: tuple[Callable[..., Any], ...] = (new, edit, lint)
