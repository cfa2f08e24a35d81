"""Commands for projects: new, use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cwtui.commands._options import StudioOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

if TYPE_CHECKING:
    from engine.studio import Studio


def new(
    name: Annotated[str, typer.Argument(help="The project's name.")],
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create a project, and make it the current one."""
    from cwtui.commands._studio import open_or_create_studio
    from engine.catalog import project_folder

    # An invalid name must not leave an empty studio.
    project_folder(name, ())
    with open_or_create_studio(studio) as opened_studio:
        project = opened_studio.new_project(name)
        opened_studio.catalog.set_current_project(project)
        if as_json:
            show_json({**project.model_dump(mode="json"), "path": str(opened_studio.folder / project.folder)})
        else:
            human_console().print(
                f"[green]✓[/] Created “{quoted(project.name)}” in {quoted(opened_studio.folder / project.folder)}",
                soft_wrap=True,
            )


def use(
    name: Annotated[str | None, typer.Argument(help="The project; without it, the projects are listed.")] = None,
    none: Annotated[bool, typer.Option("--none", help="Use no project by default.")] = False,
    default: Annotated[
        bool, typer.Option("--default", help="Open this studio when neither --studio nor CWTUI_STUDIO is given.")
    ] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Choose the current project: commands use it without -p, and the console opens it."""
    from cwtui.commands._studio import open_studio
    from cwtui.paths import set_default_studio
    from engine.errors import RequestError

    if name is not None and none:
        raise RequestError("A project's name and --none cannot be combined.", "Use one of them.")
    with open_studio(studio) as opened_studio:
        if name is not None or none:
            opened_studio.catalog.set_current_project(opened_studio.project(name) if name is not None else None)
        if default:
            set_default_studio(studio_folder(studio))
        _show_projects(opened_studio, as_json)


def _show_projects(studio: Studio, as_json: bool) -> None:
    current, projects = studio.catalog.current_project(), studio.catalog.projects()
    if as_json:
        show_json(
            {
                "studio": str(studio.folder),
                "project": current.name if current else None,
                "projects": [project.name for project in projects],
            }
        )
        return
    console = human_console()
    for project in projects:
        mark, remark = ("[cyan]▸[/]", "  [grey62]current[/]") if project == current else (" ", "")
        console.print(f"{mark} {quoted(project.name)}{remark}", soft_wrap=True)
    if not projects:
        console.print('No project yet. Create one: cwtui new "Harbour walk"')
    elif current is None and len(projects) > 1:
        advice = "No project is current: add -p NAME to commands, or choose one with cwtui use NAME."
        console.print(f"[grey62]{advice}[/]", soft_wrap=True)
    console.print(f"[grey62]studio: {quoted(studio.folder)}[/]", soft_wrap=True)


COMMANDS = (new, use)
