"""The job `watch` ingests the recordings that arrive in a folder, until it is ended."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import FrozenModel, Job, JobState, Project
from engine.errors import Cancelled, EngineError
from engine.jobs import JobContext, JobRequest, ResourceNeeds
from engine.slug import printable
from engine.tasks.context import TaskContext
from engine.tasks.ingest import ingest_request
from engine.tasks.named_paths import named_paths
from engine.tasks.parameters import Parameters
from engine.tasks.paths import StudioPaths, find_project
from engine.tasks.requests import ARRIVING
from engine.tasks.task import Task
from engine.transfer import DropFolder, DroppedFile, DropState

# Seconds between two scans: while files arrive or are ingested, and else, because notices of changes can be lost.
_BUSY_S, _QUIET_S = 1.0, 20.0
# A scan of thousands of files takes a while: the pauses are so many times as long, up to so many seconds.
_BUSY_PAUSE, _QUIET_PAUSE = 3, 100
_LONGEST_BUSY_S, _LONGEST_QUIET_S = 10.0, 120.0


class WatchParameters(Parameters):
    """A folder to watch for a project. `only_new` ignores the files that are there when the watch begins.

    `settle` is in seconds. `prepare` and `in_place` are as in an ingest.
    """

    project: str
    folder: Path
    only_new: bool
    in_place: bool
    prepare: bool
    settle: float


class DroppedFiles(FrozenModel):
    """The recordings in a watched folder, as they are stored."""

    files: tuple[DroppedFile, ...] = ()


def watch_request(context: TaskContext, project: Project, parameters: WatchParameters) -> JobRequest:
    """Requests the watch of a folder."""
    return TASK.request(context, parameters, project.id, priority=ARRIVING)


def watched_files(paths: StudioPaths, job: Job) -> tuple[DroppedFile, ...]:
    """The recordings that a watch knows, by name; none before its first scan. Raises EngineError if unreadable."""
    parameters = WatchParameters.model_validate(job.parameters)
    return _read(_list_path(paths, parameters)).files


def _list_path(paths: StudioPaths, parameters: WatchParameters) -> Path:
    return paths.project_folder(parameters.project) / "work" / "watch" / f"{TASK.job_id(parameters)}.json"


def _read(path: Path) -> DroppedFiles:
    try:
        return DroppedFiles.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return DroppedFiles()
    except (OSError, ValueError) as error:
        raise EngineError(
            f"The list of the watched folder cannot be read: {error}.", f"Remove {path}; known takes are recognized."
        ) from error


def _run(context: TaskContext, parameters: WatchParameters, job: JobContext) -> dict[str, Any]:
    from engine.ingest import inspect
    from engine.transfer.folder_events import FolderEvents

    path = _list_path(context.paths, parameters)
    make_folder(path.parent)
    new = not path.exists()
    before = _read(path)
    drop = DropFolder(parameters.folder, inspect, {one.path: one for one in before.files}, parameters.settle)
    if new and parameters.only_new:
        drop.ignore_present()
    with FolderEvents(parameters.folder) as events:
        while not job.cancelled():
            began = time.monotonic()
            if parameters.folder.is_dir():
                _scan(context, parameters, drop)
            after = DroppedFiles(files=tuple(drop.files[place] for place in sorted(drop.files)))
            if new or after != before:
                write_atomic(path, after.model_dump_json().encode())
                new, before = False, after
            job.progress(*_progress(after, parameters.folder))
            moving = any(one.state in _MOVING for one in after.files)
            took = time.monotonic() - began
            busy = min(max(_BUSY_S, _BUSY_PAUSE * took), _LONGEST_BUSY_S)
            quiet = min(max(_QUIET_S, _QUIET_PAUSE * took), _LONGEST_QUIET_S)
            events.wait(busy, busy if moving else quiet, job.cancelled)
    raise Cancelled(f"The watch of {printable(parameters.folder.name)} has ended.")


_MOVING = frozenset({DropState.ARRIVING, DropState.READY, DropState.INGESTING})


def _scan(context: TaskContext, parameters: WatchParameters, drop: DropFolder) -> None:
    """Looks at the folder, at the ingests that run, and starts one for what has arrived."""
    now = time.monotonic()
    drop.observe(now)
    for job_id in {one.job for one in drop.files.values() if one.job and one.state is not DropState.INGESTED}:
        ingest = context.catalog.queue.job(job_id)
        if ingest is not None and ingest.state.open:
            drop.ingesting([drop.folder / place for place, one in drop.files.items() if one.job == job_id], job_id)
        else:
            drop.ingested(job_id, _failures(drop, job_id, ingest))
    if ready := drop.take_ready(now):
        project = find_project(context.catalog, parameters.project)
        request = ingest_request(context, project, ready, None, parameters.in_place, parameters.prepare)
        context.catalog.queue.submit([request.as_job()])
        drop.ingesting(ready, request.id)


def _failures(drop: DropFolder, job_id: str, ended: Job | None) -> dict[Path, EngineError]:
    """The recordings that an ingest did not bring in, with the reasons."""
    if ended is not None and ended.state is JobState.DONE:
        failed = (ended.result or {}).get("failed", ())
        return {Path(one["path"]): EngineError(one["message"], one["hint"]) for one in failed}
    error: Mapping[str, Any] = (ended.error if ended else None) or {}
    reason = EngineError(
        error.get("message") or "The ingest was cancelled.", f"Ingest the file yourself, or: cwtui retry {job_id[:8]}"
    )
    return {drop.folder / place: reason for place, one in drop.files.items() if one.job == job_id}


def _progress(known: DroppedFiles, folder: Path) -> tuple[int, int, str, str]:
    """(ingested, all, unit, message) for the job list."""
    counts = {state: sum(one.state is state for one in known.files) for state in DropState}
    shown = [f"{count} {state}" for state, count in counts.items() if count and state is not DropState.IGNORED]
    message = ", ".join(shown) or "waits for files"
    if not folder.is_dir():
        message = "waits for the folder, which is not there"
    return counts[DropState.INGESTED], len(known.files) - counts[DropState.IGNORED], "files", message


def _reads(context: TaskContext, parameters: WatchParameters) -> Iterator[Path]:
    """The folder that contains the watched one, or its disk: both may be removed and come back."""
    yield from named_paths(context, parameters)
    mount = next((folder for folder in parameters.folder.parents if os.path.ismount(folder)), Path("/"))
    yield parameters.folder.parent if mount == Path("/") else mount.parent


TASK = Task(
    name="watch",
    version=1,
    parameters=WatchParameters,
    run=_run,
    reads=_reads,
    title=lambda parameters: f"watch {printable(parameters.folder.name or os.sep)}",
    is_current=lambda context, result: False,
    needs=ResourceNeeds(cpu=0, cpu_seconds=None),
    mutex=lambda parameters: f"watch {parameters.project} {parameters.folder}",
)
