"""The command `offload`: a whole card to the project and to other disks, with the verdict whether it may be erased."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cwtui.commands._options import (
    AlsoOption,
    PrepareOption,
    ProjectOption,
    StudioOption,
    TransformOption,
    WaitOption,
    studio_folder,
)
from cwtui.commands._output import JsonOption, human_console, show_json
from engine.color_encoding import Encoding

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.studio import Studio


def offload(
    source: Annotated[
        str | None,
        typer.Argument(help="The folder of a card or drive, such as /Volumes/CARD; a name with --status."),
    ] = None,
    also: AlsoOption = None,
    status: Annotated[
        bool, typer.Option("--status", help="Print the verdict of the last offload. Copies nothing.")
    ] = False,
    project: ProjectOption = None,
    input_transform: TransformOption = None,
    prepare: PrepareOption = True,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy a whole card to the project and other disks, prove every copy, and say whether the card may be erased.

    The card is only read. Nothing is ever deleted or formatted. The exit code is 1 if the card is not safe to erase.
    """
    from cwtui.commands._studio import open_studio
    from engine.errors import RequestError

    if status:
        with open_studio(studio) as opened_studio:
            _show_verdict(opened_studio, opened_studio.project(project), source, None, as_json)
        return
    if source is None:
        raise RequestError(
            "The folder of the card is missing.",
            "Give the folder of a card or drive, such as /Volumes/CARD. cwtui places lists them.",
        )
    _offload(Path(source), also or [], project, input_transform, prepare, wait, studio, as_json)


def _offload(
    source: Path,
    also: list[Path],
    project: str | None,
    input_transform: Encoding | None,
    prepare: bool,
    wait: bool,
    studio: Path | None,
    as_json: bool,
) -> None:
    from cwtui.commands._progress import working_studio
    from cwtui.commands._tables import show_queued
    from engine.errors import RequestError
    from engine.jobs import job_result

    if not source.is_dir():
        raise RequestError(
            f"{source} {'is not a folder' if source.exists() else 'does not exist'}.",
            "Give the folder of a card or drive. cwtui places lists those with footage.",
        )
    with working_studio(studio_folder(studio)) as opened_studio:
        chosen = opened_studio.project(project)
        opened_studio.jobs.expect_work()
        jobs = opened_studio.jobs.submit(
            [opened_studio.tasks.offload_request(chosen, source, also, input_transform, prepare)]
        )
        if not wait:
            show_queued(jobs, as_json)
            return
        result = job_result(*opened_studio.jobs.wait(jobs))
        _show_verdict(opened_studio, chosen, str(result["folder"]), result, as_json)


def _show_verdict(
    studio: Studio, project: Project, card: str | None, result: dict[str, Any] | None, as_json: bool
) -> None:
    from cwtui.commands._offload_text import show_offload
    from engine.transfer import find_offload, offload_status

    status = offload_status(find_offload(studio.folder, project, card), studio.folder)
    if as_json:
        show_json({**status.model_dump(mode="json"), **(result or {})})
    else:
        show_offload(human_console(), status, result)
    if not status.proven:
        raise typer.Exit(1)


COMMANDS = (offload,)
