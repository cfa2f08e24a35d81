"""Commands that write recipes of one's own, and check them: new, edit, lint."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import StudioOption, studio_folder
from cwtui.commands._output import JsonOption, expects_json, human_console, quoted, show_json
from cwtui.commands._recipe_problems import problems_json

if TYPE_CHECKING:
    from engine.deliver import StoredRecipe
    from engine.validation import Problem

_STDERR = 2
# Used in this order when neither VISUAL nor EDITOR is set.
_EDITORS = ("nano", "vim", "vi")


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
    from cwtui.console.documents.drafts import Draft, draft_path, read_draft, same_text, write_draft
    from engine.atomic_files import exclusive_lock, write_atomic
    from engine.deliver import load_library
    from engine.errors import RequestError
    from engine.file_stamp import read_stamp

    folder = studio_folder(studio)
    recipe = load_library(folder).recipe(name)
    if not recipe.own:
        raise RequestError(
            f"{name} is a built-in recipe.", f"Make one of your own: cwtui recipes new NAME --extends {name}"
        )
    path, command = recipe.path, _editor()
    # Hidden, so that it is no recipe; beside it, so that editors find the schema. A killed editor leaves it there.
    copy = path.with_name(f".{path.name}")
    with exclusive_lock(draft_path(copy).with_suffix(".lock"), wait=False, what=f"An editor of {name}"):
        draft = read_draft(path) or Draft(text=recipe.text, base=recipe.stamp)
        if not copy.exists():
            write_atomic(copy, draft.text.encode())
        # With --json, stdout has only the result.
        shown = _STDERR if expects_json() else None
        code = subprocess.run([*command, str(copy)], check=False, stdout=shown).returncode
        text, found = _read_back(copy, path)
        now = read_stamp(path)
        if same_text(text, recipe.text):
            state = "unchanged"
        elif code or found or now != draft.base:
            # The next edit replaces a version of the file that another program has written since.
            write_draft(path, Draft(text=text, base=now))
            copy.unlink()
            raise _not_saved(name, command[0], code, found)
        else:
            write_atomic(path, text.encode())
            state = "saved"
        write_draft(path, None)
        copy.unlink()
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
        console = human_console()
        for one in listed:
            if not problems[one.name]:
                console.print(f"[green]✓[/] {quoted(one.name)}", soft_wrap=True)
            for problem in problems[one.name]:
                line = "" if problem.line is None else f":{problem.line + 1}"
                console.print(f"[red]✗[/] {quoted(one.path)}{line}: {quoted(problem.message)}", soft_wrap=True)
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


def _editor() -> list[str]:
    """The user's editor and its arguments. Raises RequestError if there is none."""
    from engine.errors import RequestError

    chosen = os.environ.get("VISUAL") or os.environ.get("EDITOR")
    command = shlex.split(chosen) if chosen else [next(filter(shutil.which, _EDITORS), "")]
    if not command or not shutil.which(command[0]):
        what = f"The editor {command[0]} was not found." if chosen and command else "There is no editor."
        raise RequestError(what, "Set EDITOR to the command of your editor: export EDITOR=nano")
    return command


def _read_back(copy: Path, path: Path) -> tuple[str, list[Problem]]:
    """The text after editing, and its errors."""
    from engine.deliver import find_problems
    from engine.validation import Problem

    content = copy.read_bytes()
    try:
        text = content.decode()
    except UnicodeDecodeError as error:
        wrong = "not UTF-8: save the file as UTF-8"
        line = content.count(b"\n", 0, error.start)
        return content.decode(errors="replace"), [Problem((), line, wrong, wrong)]
    return text, find_problems(text, path)


def _not_saved(name: str, editor: str, code: int, found: list[Problem]) -> Exception:
    from engine.errors import RequestError
    from engine.validation import list_problems

    if code:
        why = f"{editor} ended with exit code {code}"
    else:
        why = list_problems(found) if found else "another program has changed it in the meantime"
    return RequestError(
        f"{name} was not saved: {why}.",
        f"Your text is kept as a draft: cwtui recipes edit {name} continues with it, and the console shows it.",
    )


COMMANDS: tuple[Callable[..., Any], ...] = (new, edit, lint)
