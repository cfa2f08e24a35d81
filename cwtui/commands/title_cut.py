"""Verbs of `cwtui title` for the titles of cuts: add, remove, move, change."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._cuts import parse_ticks, project_cuts, read_cut, show_change, time_text, titles_json
from cwtui.commands._options import ProjectOption, StudioOption, studio_folder
from cwtui.commands._output import JsonOption, error_console, human_console, quoted, show_json
from cwtui.commands._packages import preset_of

if TYPE_CHECKING:
    from engine.timeline import Cut, CutTitle
    from engine.titles import TitleTemplate

SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", help="A field and its value: title=Hello; \\n breaks the line. Repeatable."),
]
CutArgument = Annotated[str, typer.Argument(metavar="CUT", help="The cut.")]
NumberArgument = Annotated[
    int, typer.Argument(metavar="NUMBER", help="The title, by its number in cwtui title list CUT.")
]


def add(
    name: CutArgument,
    template: Annotated[str, typer.Argument(metavar="TEMPLATE", help="A template, by name or as a .toml file.")],
    at: Annotated[str, typer.Option("--at", help="Its start in the cut: 1.5, 1:30, 36f.")] = "0",
    duration: Annotated[
        str | None, typer.Option("--for", help="Its length: seconds, or frames as 36f (default: the template's).")
    ] = None,
    values: SetOption = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a title to a cut. It keeps the template as it is now; cwtui undo takes it back."""
    from engine.timeline import add_title
    from engine.titles import parse_assignments

    with project_cuts(project, studio) as cuts:
        before = read_cut(cuts, name)
        found = _load(template, studio, project)
        given = parse_assignments(values or ())
        start = parse_ticks(at, before.rate)
        length = parse_ticks(duration, before.rate) if duration else max(1, round(found.duration * before.rate))

        def change(cut: Cut) -> Cut:
            made = add_title(cut, found.name, found.revision, found.design, start, length, given)
            _check(made, next(one for one in made.titles if one not in cut.titles), found)
            return made

        edit = cuts.edit(before.name, change, f"title {found.name} at {at}")
        show_change(cuts, edit, before, as_json)
        _warn_of_end(before, start, length)


def remove(
    name: CutArgument,
    number: NumberArgument,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove a title from a cut."""
    from engine.timeline import remove_title

    with project_cuts(project, studio) as cuts:
        before = read_cut(cuts, name)
        edit = cuts.edit(before.name, lambda cut: remove_title(cut, number), f"title {number} removed")
        show_change(cuts, edit, before, as_json)


def move(
    name: CutArgument,
    number: NumberArgument,
    at: Annotated[str | None, typer.Option("--at", help="Its new start in the cut: 1.5, 1:30, 36f.")] = None,
    duration: Annotated[str | None, typer.Option("--for", help="Its new length: seconds, or frames as 36f.")] = None,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Move a title in a cut, or change its length."""
    from engine.errors import RequestError
    from engine.timeline import move_title, title_of

    if at is None and duration is None:
        raise RequestError("The new start or length is missing.", "Use --at, --for or both.")
    with project_cuts(project, studio) as cuts:
        before = read_cut(cuts, name)
        start = parse_ticks(at, before.rate) if at is not None else None
        length = parse_ticks(duration, before.rate) if duration is not None else None
        edit = cuts.edit(before.name, lambda cut: move_title(cut, number, start, length), f"title {number} moved")
        show_change(cuts, edit, before, as_json)
        title = title_of(before, number)
        _warn_of_end(before, title.start if start is None else start, length or title.length)


def change(
    name: CutArgument,
    number: NumberArgument,
    values: SetOption = None,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Take the template as its file is now; the fields stay.")
    ] = False,
    project: ProjectOption = None,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Change the fields of a title in a cut, or take the newest version of its template."""
    from engine.errors import RequestError
    from engine.timeline import change_title, title_of
    from engine.titles import design_of, parse_assignments

    if not values and not refresh:
        raise RequestError("The change is missing.", "Use --set, --refresh or both.")
    given = parse_assignments(values or ())
    with project_cuts(project, studio) as cuts:
        before = read_cut(cuts, name)
        title = title_of(before, number)
        found = _load(title.template, studio, project) if refresh else design_of(title.design, title.template)

        def changed(cut: Cut) -> Cut:
            made = change_title(cut, number, given, found.revision, found.design)
            _check(made, title_of(made, number), found)
            return made

        edit = cuts.edit(before.name, changed, f"title {number} changed")
        show_change(cuts, edit, before, as_json)


def _warn_of_end(cut: Cut, start: int, length: int) -> None:
    if start + length > cut.length:
        left = float((cut.length - start) / cut.rate)
        error_console().print(f"[yellow]![/] The cut ends first: the title is {left:.2f} s long.", soft_wrap=True)


def list_of_cut(name: str, project: str | None, studio: Path | None, as_json: bool) -> None:
    """Prints the titles of a cut."""
    with project_cuts(project, studio) as cuts:
        cut = read_cut(cuts, name)
    if as_json:
        show_json({"cut": cut.name, "titles": titles_json(cut)})
        return
    from cwtui.commands._tables import plain_table

    if not cut.titles:
        human_console().print(f"no titles in {quoted(cut.name)}", soft_wrap=True)
        return
    table = plain_table("", "at", "length", "template", "fields", right=("", "length"))
    for number, title in enumerate(cut.titles, 1):
        outside = " [yellow](after the end)[/]" if title.start >= cut.length else ""
        table.add_row(
            str(number),
            time_text(title.start, cut) + outside,
            f"{float(title.length / cut.rate):.2f} s",
            quoted(title.template),
            quoted(", ".join(f"{key}={value}" for key, value in title.fields)),
        )
    human_console().print(table)


def _check(cut: Cut, title: CutTitle, template: TitleTemplate) -> None:
    """Raises RequestError if the title cannot be drawn on the canvas of the cut."""
    from engine.titles import TitleRenderer

    TitleRenderer(template, dict(title.fields), (cut.width, cut.height), title.length / cut.rate)


def _load(template: str, studio: Path | None, project: str | None) -> TitleTemplate:
    from engine.titles import OWN_TITLES, load_title

    return load_title(preset_of(template, studio, project), studio_folder(studio) / OWN_TITLES)


COMMANDS: tuple[Callable[..., Any], ...] = (add, remove, move, change)
