"""Commands for looks: list, show, new, edit, lint, diff, and apply to clips of a cut."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cuts import apply_edit, find_clips
from cwtui.commands._options import ProjectOption, StudioOption, set_studio_folder, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json
from cwtui.commands._packages import preset_of
from cwtui.commands._preset_editing import edit_preset
from cwtui.commands._recipe_problems import problems_json, show_problems
from cwtui.listed_command import new_app

if TYPE_CHECKING:
    from engine.looks import Look, StoredLook
    from engine.timeline import Cut

look = new_app("look", help="Manage looks, and apply them to clips.", invoke_without_command=True)

_RECIPE = "recipe"
_ALL = "all"
LookArgument = Annotated[str, typer.Argument(metavar="NAME", help="A look, by name or as a .toml file.")]
OwnLookArgument = Annotated[str, typer.Argument(metavar="NAME", help="A look of your own.")]


@look.callback()
def _default(context: typer.Context, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Manage looks, and apply them to clips."""
    if studio is not None:
        set_studio_folder(studio)
    if context.invoked_subcommand is None:
        _list(studio, as_json)


@look.command("list")
def list_(studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """List the built-in looks and your own, with their errors."""
    _list(studio, as_json)


@look.command()
def show(name: LookArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Show the effects of a look in order, with their values."""
    from engine.looks import products_of

    found = _load(name, studio)
    if as_json:
        show_json(_look_json(found))
        return
    console = human_console()
    console.print(f"[bold]{quoted(found.title)}[/]  [grey62]{quoted(found.order)} order[/]", soft_wrap=True)
    if found.description:
        console.print(quoted(found.description), soft_wrap=True)
    if reads := products_of(found):
        options = " ".join(f"--{name}" for name in reads)
        console.print(f"[grey62]needs {' and '.join(reads)}: cwtui perceive TAKE {options}[/]", soft_wrap=True)
    if found.extends:
        console.print(f"[grey62]extends {quoted(' → '.join(found.extends))}[/]", soft_wrap=True)
    for one in found.effects:
        kind = f" [grey62]{one.effect.kind}[/]" if one.effect.kind != one.name else ""
        console.print(f"[cyan]{quoted(one.name)}[/]{kind}", soft_wrap=True)
        for key, value in one.effect.model_dump(mode="json", exclude_defaults=True).items():
            console.print(f"  {quoted(key)} = {quoted(str(value))}", soft_wrap=True)


@look.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The name of the look: letters, digits, - and _.")],
    extends: Annotated[
        str | None, typer.Option("--extends", metavar="LOOK", help="A look whose effects the new one inherits.")
    ] = None,
    values: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="PARAMETER=VALUE", help="With --extends: a number that differs. Repeatable."),
    ] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a look of your own, which inherits the effects of another or begins with the exposure."""
    from cwtui.commands._studio import open_or_create_studio
    from engine.errors import RequestError
    from engine.looks import OWN_LOOKS, create_look, create_look_from, new_look_text, with_parameters

    folder = studio_folder(studio)
    changed = dict(map(_assignment, values or ()))
    if extends is not None:
        with_parameters(_load(extends, studio), changed)
    elif changed:
        raise RequestError("--set changes numbers of another look.", "Name it with --extends LOOK.")
    open_or_create_studio(studio).close()
    if extends is not None and changed:
        created = create_look_from(folder, name, extends, changed)
    else:
        created = create_look(folder, name, new_look_text(name, extends))
    path = (folder / OWN_LOOKS / f"{created}.toml").absolute()
    if as_json:
        show_json({"name": created, "path": str(path), "extends": extends})
        return
    console = human_console()
    console.print(f"[green]✓[/] Created {quoted(created)}: {quoted(path)}", soft_wrap=True)
    console.print(f"  [yellow]→[/] cwtui look edit {quoted(created)}", soft_wrap=True)


# A negative value is no option.
@look.command("set", context_settings={"ignore_unknown_options": True})
def set_(
    name: OwnLookArgument,
    parameter: Annotated[str, typer.Argument(metavar="PARAMETER", help="A number of the look, as exposure.stops.")],
    value: Annotated[float, typer.Argument(metavar="VALUE", help="Its new value.")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change a number in a look of your own."""
    from engine.looks import change_own_look

    path = change_own_look(studio_folder(studio), name, {parameter: value})
    if as_json:
        show_json({"name": name, "path": str(path.absolute()), "parameter": parameter, "value": value})
        return
    human_console().print(f"[green]✓[/] {quoted(name)}: {quoted(parameter)} is {value:g}", soft_wrap=True)


@look.command()
def edit(name: OwnLookArgument, studio: StudioOption = None, as_json: JsonOption = False) -> None:
    """Edit a look of your own with $VISUAL or $EDITOR. A text with errors is kept as a draft, not saved."""
    from engine.errors import RequestError
    from engine.looks import look_problems

    stored = _stored(name, studio)
    if not stored.own:
        raise RequestError(f"{name} is a built-in look.", f"Make one of your own: cwtui look new NAME --extends {name}")
    path = stored.path
    state = edit_preset(name, path, stored.text, stored.stamp, look_problems, "cwtui look edit")
    if as_json:
        show_json({"name": name, "path": str(path.absolute()), "state": state})
    else:
        said = "Saved" if state == "saved" else "Nothing changed in"
        human_console().print(f"[green]✓[/] {said} {quoted(name)}: {quoted(path.absolute())}", soft_wrap=True)


@look.command()
def lint(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME|FILE]", help="A look, by name or as a .toml file. Default: all.")
    ] = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check looks for errors, with the files that they read. Exits with 1 if there is an error."""
    from engine.looks import load_looks

    listed = [_stored(name, studio)] if name is not None else list(load_looks(studio_folder(studio)).values())
    problems = {one.name: one.problems() for one in listed}
    if as_json:
        rows = [_stored_json(one) for one in listed]
        show_json({"looks": [{key: row[key] for key in ("name", "path", "problems")} for row in rows]})
    else:
        for one in listed:
            show_problems(one.name, one.path, problems[one.name])
    if any(problems.values()):
        raise typer.Exit(1)


@look.command()
def diff(
    one: Annotated[str, typer.Argument(metavar="LOOK", help="A look, by name or as a .toml file.")],
    other: Annotated[str, typer.Argument(metavar="OTHER", help="Another look.")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare two looks by the values of their effects, inherited ones and defaults included."""
    from cwtui.commands._tables import plain_table

    first, second = (_values(_load(name, studio)) for name in (one, other))
    found = {key: (first.get(key), second.get(key)) for key in dict.fromkeys([*first, *second])}
    found = {key: values for key, values in found.items() if values[0] != values[1]}
    if as_json:
        rows = [{"key": key, "values": list(values)} for key, values in found.items()]
        show_json({"looks": [one, other], "differences": rows})
        return
    console = human_console()
    if not found:
        console.print(f"{quoted(one)} and {quoted(other)} have the same values.")
        return
    table = plain_table("", quoted(one), quoted(other))
    for key, values in found.items():
        table.add_row(quoted(key), *("—" if value is None else quoted(str(value)) for value in values))
    console.print(table)


@look.command()
def apply(
    cut: Annotated[str, typer.Argument(metavar="CUT", help="The cut.")],
    clips: Annotated[
        str, typer.Argument(metavar="CLIP", help="The clip, by its number in cwtui cut show; a range (5-9), or all.")
    ],
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A look; none for no look, recipe for that of the recipe.")
    ],
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Set the look of clips of a cut."""
    from engine.timeline import NO_LOOK, set_look

    if name not in (NO_LOOK, _RECIPE):
        name = preset_of(name, studio, project)
        _load(name, studio)

    def change(found: Cut, lengths: dict[str, int]) -> Cut:
        listed = [clip for clip in found.clips if clip.take] if clips == _ALL else find_clips(found, [clips])
        return set_look(found, [clip.id for clip in listed], "" if name == _RECIPE else name)

    said = "all clips" if clips == _ALL else f"clip {clips}"
    apply_edit(cut, project, studio, as_json, change, f"look of {said}: {name}")


def _list(studio: Path | None, as_json: bool) -> None:
    from engine.looks import OWN_LOOKS, load_looks

    folder = studio_folder(studio)
    listed = list(load_looks(folder).values())
    if as_json:
        show_json({"folder": str((folder / OWN_LOOKS).absolute()), "looks": [_stored_json(one) for one in listed]})
        return
    from cwtui.commands._tables import plain_table

    problems = {one.name: found for one in listed if (found := one.problems())}
    table = plain_table("", "look", "title", "needs", "")
    for one in listed:
        needs = " and ".join(_needs(one)) if one.name not in problems else ""
        mark = "[red]✗[/]" if one.name in problems else ""
        origin = "replaces built-in" if one.replaces_built_in else "own" if one.own else ""
        table.add_row(mark, quoted(one.name), quoted(one.title), needs, origin)
    console = human_console()
    console.print(table)
    for name, found in problems.items():
        for problem in found:
            console.print(f"[red]✗[/] {quoted(name)}: {quoted(str(problem))}", soft_wrap=True)


def _assignment(text: str) -> tuple[str, float]:
    """The parameter and the value of PARAMETER=VALUE."""
    from engine.errors import RequestError

    parameter, _, value = text.partition("=")
    try:
        return parameter.strip(), float(value)
    except ValueError:
        raise RequestError(f"“{text}” is not PARAMETER=VALUE.", "Write for example --set bloom.amount=0.3.") from None


def _load(name: str, studio: Path | None) -> Look:
    from engine.looks import OWN_LOOKS, load_look

    return load_look(preset_of(name, studio), studio_folder(studio) / OWN_LOOKS)


def _stored(name: str, studio: Path | None) -> StoredLook:
    """A look by name or by path, valid or not."""
    from engine.looks import OWN_LOOKS, load_looks, look_path, stored_look

    folder = studio_folder(studio)
    path = look_path(name, folder / OWN_LOOKS)
    return stored_look(path) if name.endswith(".toml") else load_looks(folder)[name]


def _needs(one: StoredLook) -> tuple[str, ...]:
    """The products of a take that a valid look reads."""
    from engine.looks import products_of, read_look

    return products_of(read_look(one.text, one.path, one.path.parent))


def _stored_json(one: StoredLook) -> dict[str, Any]:
    problems = problems_json(one.problems())
    return {
        "name": one.name,
        "title": one.title,
        "own": one.own,
        "replaces_built_in": one.replaces_built_in,
        "path": str(one.path.absolute()),
        "needs": [] if problems else list(_needs(one)),
        "problems": problems,
    }


def _look_json(found: Look) -> dict[str, Any]:
    from engine.looks import parameters_of, products_of

    value = found.as_json()
    return {
        **{key: value[key] for key in ("name", "title", "order", "version")},
        "description": found.description,
        "extends": list(found.extends),
        "digest": found.digest,
        "needs": list(products_of(found)),
        "effects": value["effects"],
        "parameters": [
            {"path": one.path, "value": one.value, "description": one.description}
            for one in parameters_of(found).values()
        ],
    }


def _values(found: Look) -> dict[str, Any]:
    """The values of a look by key."""
    values: dict[str, Any] = {"order": found.order}
    for one in found.effects:
        values |= {f"{one.name}.{key}": value for key, value in one.effect.model_dump(mode="json").items()}
    return values
