"""Commands about work under way: jobs, cancel, retry, log, studio."""

from __future__ import annotations

import os
import sys
from typing import Annotated, Any

import typer

from cwtui.commands._options import ProjectOption, StudioOption, WaitOption, studio_folder
from cwtui.commands._output import JsonOption, human_console, quoted, show_json

JobArgument = Annotated[str, typer.Argument(help="The job: its id, or how it begins.")]


def jobs(
    watch: Annotated[bool, typer.Option("--watch", help="Keep the list on the screen as it changes.")] = False,
    limit: Annotated[int, typer.Option("--limit", min=0, help="How many to list; 0 lists all.")] = 50,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the work: what runs, what waits, what came of it."""
    from engine.studio import Studio

    opened_studio = Studio(studio_folder(studio))
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
    present = opened_studio.studio_process()
    queue = opened_studio.catalog.queue
    return {
        "studio": present.model_dump(mode="json") if present else None,
        "counts": {str(state): count for state, count in queue.counts().items()},
        "jobs": [job.model_dump(mode="json") for job in queue.jobs(limit=limit)],
    }


def cancel(
    job: Annotated[list[str] | None, typer.Argument(help="The jobs: their ids, or how they begin.")] = None,
    every: Annotated[bool, typer.Option("--all", help="All that runs or waits.")] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """End jobs. What they made so far is kept a week for a retry, nothing half-written."""
    from engine.catalog import JobState
    from engine.errors import RequestError
    from engine.studio import Studio

    opened_studio = Studio(studio_folder(studio))
    if bool(job) == every:
        raise RequestError("Which jobs?", "Name them by their ids (cwtui jobs lists them), or say --all.")
    unended = [JobState.QUEUED, JobState.BLOCKED, JobState.RUNNING]
    found = (
        opened_studio.catalog.queue.jobs(unended) if every else [opened_studio.jobs.lookup(one) for one in job or ()]
    )
    # Those that wait first, so that nothing begins as another ends.
    for one in sorted(found, key=lambda one: one.state is JobState.RUNNING):
        now = opened_studio.jobs.lookup(one.id)
        if not every or now.state in unended:
            opened_studio.jobs.cancel(now)
    ended = opened_studio.jobs.wait(found)
    if as_json:
        show_json({"jobs": [one.model_dump(mode="json") for one in ended]})
        return
    for one in ended:
        _show(one)
    if not ended:
        human_console().print("nothing runs or waits")


def retry(
    job: JobArgument,
    wait: Annotated[
        bool, typer.Option("--wait/--detach", help="Watch it to its end, or leave it to the studio.")
    ] = False,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Queue a failed or cancelled job again; it goes on where it was."""
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
    take: Annotated[list[str], typer.Argument(metavar="TAKE...", help="The takes: their numbers or names.")],
    project: ProjectOption = None,
    wait: WaitOption = True,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make what is looked at and listened to: frame times, proxy, words, levels; ingest asks for it by itself."""
    from cwtui.commands._progress import working_studio
    from engine.jobs import job_result

    with working_studio(studio_folder(studio)) as opened_studio:
        meant = opened_studio.project(project)
        found = [opened_studio.take(one, meant) for one in take]
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
    lines: Annotated[int, typer.Option("--lines", "-n", min=1, help="How many of its last lines.")] = 200,
    studio: StudioOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what a job said and when it changed state, attempt after attempt."""
    from engine.jobs import log_path, tail
    from engine.studio import Studio

    opened_studio = Studio(studio_folder(studio))
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
        bool, typer.Option("--stop", help="End the studio process; what it was doing goes on next time.")
    ] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Start it in the background, and leave it there.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Be the studio process here, until Ctrl-C. Commands start one by themselves when there is work."""
    from engine.errors import EngineError
    from engine.jobs import find_studio_process, stop_studio_process, studio_in_use
    from engine.studio import JOB_KINDS, Studio

    folder = studio_folder(studio).absolute()
    present = find_studio_process(folder)
    if stop:
        if present:
            stop_studio_process(folder, present)
        if as_json:
            show_json({"stopped": present.model_dump(mode="json") if present else None})
        else:
            human_console().print(
                f"[green]✓[/] process {present.pid} has left" if present else "no studio process is there"
            )
        return
    if detach:
        started = Studio(folder).jobs.start()
        if as_json:
            show_json({"studio": started.model_dump(mode="json")})
        else:
            human_console().print(f"[cyan]studio[/] process {started.pid} works at {quoted(folder)}", soft_wrap=True)
        return
    if as_json:
        raise EngineError(
            "cwtui studio runs until it is ended and has no result.", "cwtui jobs --json says who runs it."
        )
    if present:
        raise studio_in_use(folder, present)
    human_console().print(
        f"[cyan]studio[/] {quoted(folder)}  Ctrl-C ends it; what runs then goes on next time", soft_wrap=True
    )
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", "engine.jobs", str(folder), JOB_KINDS])


def _show(job: Any) -> None:
    from cwtui.commands._job_table import STATE_MARKS

    human_console().print(f"{STATE_MARKS[job.state]} {job.id[:8]} {quoted(job.title)}: {job.state}", soft_wrap=True)


COMMANDS = (prepare, jobs, cancel, retry, log, studio)
