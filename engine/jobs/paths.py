"""Paths of job files below the studio's `work/` folder."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from engine.catalog import Queue

_RETENTION = timedelta(days=7)


def job_folder(studio: Path, job_id: str) -> Path:
    """A job's folder: log, lock, result and files to resume from."""
    return studio / "work" / "jobs" / job_id


def log_path(studio: Path, job_id: str) -> Path:
    """The log of all attempts of a job."""
    return job_folder(studio, job_id) / "log"


def remove_stale_files(studio: Path, queue: Queue, now: datetime) -> None:
    """Removes the files of jobs that ended over a week before `now`, and folders without a job.

    Logs and lock files of jobs are kept.
    """
    jobs = studio / "work" / "jobs"
    for folder in jobs.iterdir() if jobs.is_dir() else ():
        job = queue.job(folder.name)
        if job is None:
            shutil.rmtree(folder, ignore_errors=True)
        elif not job.state.open and job.finished_at and now - job.finished_at > _RETENTION:
            for kept in folder.iterdir():
                if kept.is_dir():
                    shutil.rmtree(kept, ignore_errors=True)
                elif kept.name not in ("log", "lock"):
                    kept.unlink(missing_ok=True)


def tail(log: Path, count: int) -> list[str]:
    """Up to `count` lines from the end of a log; empty if it cannot be read."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 400 * count))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
