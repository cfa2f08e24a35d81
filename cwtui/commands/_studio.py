"""Opens the studio of a command, and prints what the user did not name: a new folder, the current project."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from cwtui.commands._options import studio_folder
from cwtui.commands._output import error_console, quoted
from engine.catalog import Catalog, Job, Project
from engine.errors import RequestError
from engine.studio import Studio

if TYPE_CHECKING:
    from rich.console import Console

    from engine.policy import Gate


def open_studio(option: Path | None) -> Studio:
    """The studio of a command, which reads it or changes its decisions. Raises RequestError if there is none."""
    return connect(studio_folder(option))


def open_or_create_studio(option: Path | None) -> Studio:
    """The studio of a command. A new one is created, and its folder printed on stderr."""
    return connect(studio_folder(option), create=True)


def gate_of(option: Path | None) -> Gate:
    """The gate of a command that may work without a studio: of its studio, if there is one."""
    from engine.policy import Gate

    folder = studio_folder(option)
    return Gate(folder, Catalog.in_studio(folder)) if Catalog.exists_in(folder) else Gate(None, None)


def connect(
    folder: Path,
    observer: Callable[[Job], None] | None = None,
    *,
    create: bool = False,
    console: Console | None = None,
) -> Studio:
    """A studio that prints its current project on stderr when a command uses it without -p, among several projects.

    If the studio process was killed, watched folders and phones are served again. Raises RequestError if there is no
    studio, unless `create` is set.
    """
    console = console or error_console()
    require_studio(folder, create=create, console=console)
    reported: set[str] = set()

    def report_project(project: Project) -> None:
        if project.id not in reported:
            reported.add(project.id)
            console.print(f"[grey62]Project “{quoted(project.name)}”; cwtui use changes it.[/]", soft_wrap=True)

    studio = Studio(folder, observer, report_project)
    studio.jobs.resume_services()
    return studio


def require_studio(folder: Path, *, create: bool = False, console: Console | None = None) -> None:
    """Raises RequestError if the folder is no studio; with `create`, prints instead that one is created there."""
    if Catalog.exists_in(folder):
        return
    if not create:
        raise RequestError(
            f"There is no studio in {folder.absolute()} yet.",
            'Start one with a project: cwtui new "Harbour walk". For another folder, add --studio or set CWTUI_STUDIO.',
        )
    (console or error_console()).print(f"Creating a studio in {quoted(folder.absolute())}", soft_wrap=True)
