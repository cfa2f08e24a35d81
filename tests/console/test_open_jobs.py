"""The message about open jobs before the console opens and after it has closed."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.open_jobs import open_jobs_message
from engine.jobs.presence import StudioLock

from .sample_studio import build


def test_open_jobs_are_mentioned_outside_the_console(tmp_path: Path) -> None:
    folder = tmp_path / "studio"
    assert open_jobs_message(folder) == ""
    build(folder)
    command = f"cwtui --studio {folder}"
    message = f"3 jobs wait: the studio process is not running. {command} studio --detach starts it."
    assert open_jobs_message(folder) == message
    lock = StudioLock.acquire(folder)
    try:
        assert open_jobs_message(folder) == f"3 jobs continue. {command} jobs --watch shows them."
        assert open_jobs_message(folder, at_start=True).startswith("3 jobs are in progress. ")
    finally:
        lock.release()
