"""The command `watch`: ingests what arrives in a folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption
from cwtui.commands._output import JsonOption, human_console, show_json

if TYPE_CHECKING:
    from engine.studio import FolderWatch
    from engine.transfer import DroppedFile

# The name of a folder that differs from machine to machine: where a Mac puts what it receives over AirDrop.
_AIRDROP = "airdrop"


def watch(
    folder: Annotated[
        Path | None, typer.Argument(help="The folder; airdrop: Downloads, only what arrives from now on.")
    ] = None,
    project: ProjectOption = None,
    only_new: Annotated[bool, typer.Option("--only-new", help="Ignore the files that are in the folder now.")] = False,
    in_place: Annotated[bool, typer.Option("--in-place", help="Use the footage where it is, without a copy.")] = False,
    prepare: Annotated[
        bool, typer.Option("--prepare/--no-prepare", help="Create proxies and transcripts in the background.")
    ] = True,
    settle: Annotated[
        float, typer.Option("--settle", min=0.5, max=3600, help="Seconds without a change after which a file is whole.")
    ] = 5.0,
    end: Annotated[bool, typer.Option("--end", help="End the watch. Ingests that run go on.")] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ingest what arrives in a folder, until it is ended. Without a folder, list the watched ones and their files."""
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError
    from engine.jobs import requester
    from engine.studio import WatchRequest, end_watch, start_watch, watches

    with open_studio(studio) as opened_studio:
        if folder is None:
            if end:
                raise RequestError("Name the folder whose watch ends.", "cwtui watch lists the watched folders.")
            _show(watches(opened_studio), as_json)
            return
        received = str(folder) == _AIRDROP and not folder.exists()
        chosen = Path.home() / "Downloads" if received else folder.expanduser()
        if end:
            ended = end_watch(opened_studio, chosen, requester("cwtui watch"))
            if as_json:
                show_json({"ended": str(ended.folder)})
            else:
                human_console().print(f"{ended.folder} is not watched any more.", markup=False, soft_wrap=True)
            return
        request = WatchRequest(chosen, only_new or received, in_place, prepare, settle)
        _show([start_watch(opened_studio, opened_studio.project(project), request)], as_json)


def _show(found: list[FolderWatch], as_json: bool) -> None:
    if as_json:
        show_json({"watches": [_as_json(one) for one in found]})
        return
    from rich.markup import escape

    from cwtui.commands._tables import QUIET, plain_table
    from engine.slug import printable
    from engine.units import format_bytes

    console = human_console()
    if not found:
        console.print("No folder is watched. Watch one: cwtui watch DIR")
    for one in found:
        watched = f"is watched for “{escape(one.project)}” by job {one.job.id[:8]}"
        console.print(f"{escape(printable(str(one.folder)))}  [{QUIET}]{watched}[/]", soft_wrap=True)
        table = plain_table("file", "size", "state", "reason", right=("size",))
        for file in _listed(one):
            reason = printable(f"{file.reason} {file.hint}".strip())
            name = printable(str(file.path))
            table.add_row(escape(name), format_bytes(file.bytes), str(file.state), escape(reason))
        if table.row_count:
            console.print(table)
        else:
            console.print(
                f"[{QUIET}]No files yet. They are ingested when they arrive. End it: cwtui watch DIR --end[/]"
            )


def _listed(one: FolderWatch) -> list[DroppedFile]:
    return [file for file in one.files if file.state != "ignored"]


def _as_json(one: FolderWatch) -> dict[str, Any]:
    return {
        "folder": str(one.folder),
        "project": one.project,
        "job": one.job.id,
        "state": str(one.job.state),
        "files": [file.model_dump(mode="json", exclude={"stamp"}) for file in _listed(one)],
    }


COMMANDS = (watch,)
