"""The message about jobs that go on while no console is open."""

from __future__ import annotations

import shlex
from pathlib import Path

from cwtui.formatting import plural
from cwtui.paths import default_studio
from engine.catalog import Catalog, JobState
from engine.errors import EngineError
from engine.jobs import find_studio_process


def open_jobs_message(folder: Path, at_start: bool = False) -> str:
    """Says how many jobs are open, and how to see them or to let them go on; empty without open jobs.

    `at_start`: the console is about to open. A studio that cannot be opened has no message: the console reports it.
    """
    if not Catalog.exists_in(folder):
        return ""
    try:
        catalog = Catalog.in_studio(folder)
        counts = catalog.queue.counts()
        catalog.close()
    except EngineError:
        return ""
    count = counts[JobState.RUNNING] + counts[JobState.QUEUED]
    if not count:
        return ""
    cwtui = (
        "cwtui" if folder.absolute() == default_studio().absolute() else f"cwtui --studio {shlex.quote(str(folder))}"
    )
    jobs = plural(count, "job")
    if find_studio_process(folder) is None:
        waits = "waits" if count == 1 else "wait"
        return f"{jobs} {waits}: the studio process is not running. {cwtui} studio --detach starts it."
    shows = f"{cwtui} jobs --watch shows {'it' if count == 1 else 'them'}."
    if at_start:
        return f"{jobs} {'is' if count == 1 else 'are'} in progress. {shows}"
    return f"{jobs} {'continues' if count == 1 else 'continue'}. {shows}"
