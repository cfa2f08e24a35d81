"""The folders that a studio watches: what arrives in them is ingested."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog import Job, JobState
from engine.errors import RequestError
from engine.studio.studio import Studio
from engine.tasks.watch import WatchParameters, watch_request, watched_files

if TYPE_CHECKING:
    from engine.catalog import Project
    from engine.transfer import DroppedFile

_OPEN = (JobState.QUEUED, JobState.RUNNING)


@dataclass(frozen=True, slots=True)
class FolderWatch:
    """A watched folder: its job, the project's name, the folder, and the recordings in it."""

    job: Job
    project: str
    folder: Path
    files: tuple[DroppedFile, ...]


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """A folder to watch. `only_new` ignores what is in it now; `settle` is in seconds; the rest as for an ingest."""

    folder: Path
    only_new: bool = False
    in_place: bool = False
    prepare: bool = True
    settle: float = 5.0


def start_watch(studio: Studio, project: Project, request: WatchRequest) -> FolderWatch:
    """Watches a folder until `end_watch`, also after a restart of the studio process.

    Raises RequestError for a folder that cannot be watched, or that is watched already with other options.
    """
    folder = Path(os.path.abspath(request.folder))
    if not folder.is_dir():
        raise RequestError(f"{folder} is not a folder.", "Name a folder, such as ~/Downloads.")
    real, own = folder.resolve(), studio.folder.resolve()
    if real.is_relative_to(own) or own.is_relative_to(real):
        raise RequestError(
            f"{folder} and the studio {studio.folder} contain each other.", "Watch a folder outside the studio."
        )
    parameters = WatchParameters(
        project=project.id,
        folder=folder,
        only_new=request.only_new,
        in_place=request.in_place,
        prepare=request.prepare,
        settle=request.settle,
    )
    step = watch_request(studio.tasks.context, project, parameters)
    for other in watches(studio):
        if other.folder == folder and other.job.id != step.id:
            raise RequestError(
                f"{folder} is watched already, for “{other.project}” or with other options.",
                f"End that watch first: cwtui watch '{folder}' --end",
            )
    (job,) = studio.jobs.submit([step])
    return _watch(studio, job)


def watches(studio: Studio) -> list[FolderWatch]:
    """The watched folders, the earliest first."""
    return [_watch(studio, job) for job in reversed(studio.catalog.queue.jobs(_OPEN, kind="watch"))]


def end_watch(studio: Studio, folder: Path, by: str) -> FolderWatch:
    """Ends the watch of a folder; ingests that run go on. Raises RequestError if it is not watched."""
    wanted = Path(os.path.abspath(folder))
    for one in watches(studio):
        if one.folder == wanted:
            studio.jobs.cancel(one.job, by)
            studio.jobs.wait([one.job])
            return one
    raise RequestError(f"{wanted} is not watched.", "cwtui watch lists the watched folders.")


def _watch(studio: Studio, job: Job) -> FolderWatch:
    parameters = WatchParameters.model_validate(job.parameters)
    names = {project.id: project.name for project in studio.catalog.projects()}
    return FolderWatch(job, names.get(parameters.project, ""), parameters.folder, watched_files(studio.paths, job))
