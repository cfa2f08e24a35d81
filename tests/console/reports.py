"""A process whose jobs report progress, as in a studio: `python -m tests.console.reports FOLDER JOBS`."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

_REPORTS_PER_SECOND = 10
_TOTAL = 100
_DURATION_S = 600


@contextmanager
def reporting_jobs(folder: Path, jobs: int = 4) -> Iterator[None]:
    """Run jobs that report their progress ten times per second."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.console.reports", str(folder), str(jobs)], stdout=subprocess.PIPE, cwd=_ROOT
    )
    try:
        assert process.stdout
        assert process.stdout.readline() == b"at work\n"
        yield
        assert process.poll() is None, "the jobs have ended"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


_ROOT = Path(__file__).resolve().parent.parent.parent


def _report(folder: Path, jobs: int) -> None:
    from engine.catalog import Catalog, Job, JobState
    from engine.jobs.presence import StudioLock

    lock = StudioLock.acquire(folder)
    catalog = Catalog.in_studio(folder)
    project = catalog.projects()[-1]
    started = datetime.now(UTC)
    names = [f"{number:032x}" for number in range(jobs)]
    catalog.queue.submit(
        [
            Job(
                id=name, project_id=project.id, kind="levels", title=f"levels {name[-1]}", parameters={},
                state=JobState.QUEUED, created_at=started,
            )
            for name in names
        ]
    )  # fmt: skip
    for name in names:
        catalog.queue.start(name)
    print("at work", flush=True)
    for count in range(_DURATION_S * _REPORTS_PER_SECOND):
        for name in names:
            expected_end = started + timedelta(seconds=_DURATION_S)
            catalog.queue.report([(name, count % _TOTAL, _TOTAL, "frames", str(count), expected_end)])
            time.sleep(1 / _REPORTS_PER_SECOND / jobs)
        lock.heartbeat()


if __name__ == "__main__":
    _report(Path(sys.argv[1]), int(sys.argv[2]))
