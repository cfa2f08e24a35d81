"""Commands for jobs: prepare, jobs, cancel, retry, log, studio."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption, TakesArgument, WaitOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

JobArgument = Annotated[str, typer.Argument(help="The job's id, or the start of it.")]


def jobs(
    watch: Annotated[bool, typer.Option("--watch", help="Update the list until Ctrl-C.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="Maximum number of jobs; 0 lists all.")] = 50,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List running, waiting and finished jobs."""
    from cwtui.commands._studio import open_studio

    with open_studio(studio) as opened_studio:
        if as_json:
            show_json(_listed(opened_studio, limit or None))
            return
        from cwtui.commands._job_table import follow_jobs, show_jobs, watch_jobs

        console = human_console()
        if not watch:
            console.print(show_jobs(opened_studio, limit or None))
        elif console.is_terminal:
            watch_jobs(console, opened_studio, limit or None)
        else:
            follow_jobs(console, opened_studio)


def _listed(opened_studio: Any, limit: int | None) -> dict[str, Any]:
    from datetime import UTC, datetime

    from cwtui.commands._job_table import studio_queue_status

    present = opened_studio.studio_process()
    queue = opened_studio.catalog.queue
    status = studio_queue_status(opened_studio, datetime.now(UTC))
    return {
        "studio": present.model_dump(mode="json") if present else None,
        "counts": {str(state): count for state, count in queue.counts().items()},
        "time_left": {"seconds": status.total.seconds, "complete": status.total.complete},
        "jobs": [
            {
                **job.model_dump(mode="json"),
                "time_left": status.left.get(job.id),
                "waits_for": status.waits.get(job.id),
            }
            for job in queue.jobs(limit=limit)
        ],
    }


def cancel(
    job: Annotated[list[str] | None, typer.Argument(help="The jobs' ids, or the starts of them.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Cancel all running and waiting jobs.")] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Cancel jobs. Finished parts are kept for a week for a retry; partial files are removed."""
    from cwtui.commands._studio import open_studio
    from engine.catalog import JobState
    from engine.errors import RequestError
    from engine.jobs import requester

    with open_studio(studio) as opened_studio:
        if bool(job) == every:
            raise RequestError("Name jobs by id, or use --all.", "cwtui jobs lists the ids.")
        unended = [JobState.QUEUED, JobState.BLOCKED, JobState.RUNNING]
        found = (
            opened_studio.catalog.queue.jobs(unended)
            if every
            else [opened_studio.jobs.lookup(one) for one in job or ()]
        )
        # Waiting jobs first, so that none starts when a running one ends.
        for one in sorted(found, key=lambda one: one.state is JobState.RUNNING):
            now = opened_studio.jobs.lookup(one.id)
            if not every or now.state in unended:
                opened_studio.jobs.cancel(now, requester("cwtui cancel"))
        ended = opened_studio.jobs.wait(found)
        if as_json:
            show_json({"jobs": [one.model_dump(mode="json") for one in ended]})
            return
        for one in ended:
            _show(one)
        if not ended:
            human_console().print("no running or waiting jobs")


def retry(
    job: JobArgument,
    wait: Annotated[
        bool, typer.Option("--wait/--detach", help="Wait until the job finishes, or only queue it.")
    ] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue a failed or cancelled job again. It resumes where it stopped."""
    from cwtui.commands._progress import working_studio
    from engine.jobs import job_result

    with working_studio(studio_folder(studio)) as opened_studio:
        found = opened_studio.jobs.lookup(job)
        opened_studio.jobs.retry(found)
        if wait:
            (ended,) = opened_studio.jobs.wait([found])
            job_result(ended)
        now = opened_studio.jobs.lookup(found.id)
        if as_json:
            show_json(now.model_dump(mode="json"))
        else:
            _show(now)


def prepare(
    takes: TakesArgument,
    project: ProjectOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Create frame times, proxy, transcript and levels of takes. Ingest does this automatically."""
    from cwtui.commands._progress import working_studio
    from engine.jobs import job_result

    with working_studio(studio_folder(studio)) as opened_studio:
        meant = opened_studio.project(project)
        found = opened_studio.takes_named(takes, meant)
        asked = [job for one in found for job in opened_studio.jobs.submit(opened_studio.tasks.preparation(one))]
        ended = opened_studio.jobs.wait(asked) if wait else asked
        for one in ended if wait else ():
            job_result(one)
        if as_json:
            show_json({"jobs": [one.model_dump(mode="json") for one in ended]})
            return
        for one in ended:
            _show(one)


def log(
    job: JobArgument,
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="Number of lines, from the end.")] = 200,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a job's changes of state and its log, for all attempts."""
    from cwtui.commands._studio import open_studio
    from engine.jobs import log_path, tail

    with open_studio(studio) as opened_studio:
        found = opened_studio.jobs.lookup(job)
        path = log_path(opened_studio.folder, found.id)
        said, passages = tail(path, lines), opened_studio.catalog.queue.journal(found.id)
        if as_json:
            show_json(
                {
                    "id": found.id,
                    "path": str(path),
                    "journal": [passage.model_dump(mode="json") for passage in passages],
                    "lines": said,
                }
            )
            return
        console = human_console()
        console.print(f"[cyan]{found.id}[/] {quoted(found.title)}", soft_wrap=True)
        for passage in passages:
            note = f"  {quoted(passage.note)}" if passage.note else ""
            console.print(f"[grey62]{passage.at.astimezone():%d %b %H:%M:%S}[/]  {passage.state}{note}", soft_wrap=True)
        for line in said:
            typer.echo(line)


def studio(
    studio: StudioOption = None,
    stop: Annotated[
        bool, typer.Option("--stop", help="Stop the studio process. Running jobs resume when it starts again.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Start it in the background.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Run the studio process in this terminal until Ctrl-C. Commands start it automatically when needed."""
    from cwtui.commands._studio import open_studio, require_studio
    from engine.errors import EngineError
    from engine.jobs import find_studio_process, stop_studio_process, studio_in_use
    from engine.studio import JOB_KINDS, REMOTE_POOL

    folder = studio_folder(studio).absolute()
    present = find_studio_process(folder)
    if stop:
        if present:
            stop_studio_process(folder, present, None if as_json else lambda: _show_stopping(folder))
        if as_json:
            show_json({"stopped": present.model_dump(mode="json") if present else None})
        else:
            human_console().print(
                f"[green]✓[/] stopped process {present.pid}" if present else "studio process not running"
            )
        return
    if detach:
        with open_studio(folder) as opened_studio:
            started = opened_studio.jobs.start()
        if as_json:
            show_json({"studio": started.model_dump(mode="json")})
        else:
            human_console().print(f"[cyan]studio[/] process {started.pid} runs for {quoted(folder)}", soft_wrap=True)
        return
    if as_json:
        raise EngineError(
            "cwtui studio has no JSON result: it runs until stopped.", "cwtui jobs --json shows the studio process."
        )
    if present:
        raise studio_in_use(folder, present)
    require_studio(folder)
    human_console().print(
        f"[cyan]studio[/] {quoted(folder)}  Ctrl-C stops it; running jobs resume next time", soft_wrap=True
    )
    sys.stdout.flush()
    command = [sys.executable, "-m", "engine.jobs", str(folder), JOB_KINDS, "--remote-pool", REMOTE_POOL]
    os.execv(sys.executable, command)


def _show_stopping(folder: Path) -> None:
    """Names the running jobs, which stop at their next safe point."""
    from engine.catalog import Catalog, JobState

    catalog = Catalog.in_studio(folder)
    running = catalog.queue.jobs([JobState.RUNNING])
    catalog.close()
    said = ", ".join(job.title for job in running) or "its last results"
    human_console().print(f"[grey62]waiting for {quoted(said)} …[/]", soft_wrap=True)


def _show(job: Any) -> None:
    from cwtui.commands._job_table import STATE_MARKS

    human_console().print(f"{STATE_MARKS[job.state]} {job.id[:8]} {quoted(job.title)}: {job.state}", soft_wrap=True)


COMMANDS = (prepare, jobs, cancel, retry, log, studio)
