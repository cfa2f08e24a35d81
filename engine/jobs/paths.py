"""Where the studio process and its jobs keep what they need between attempts, below the studio's `work/`."""

from __future__ import annotations

import shutil
from datetime import datetime, timedelta
from pathlib import Path

from engine.catalog import Queue

_RETENTION = timedelta(days=7)


def job_folder(studio: Path, job_id: str) -> Path:
    """A job's own folder: its log, its lock, its result, what it resumes from."""
    return studio / "work" / "jobs" / job_id


def log_path(studio: Path, job_id: str) -> Path:
    """What a job said, attempt after attempt."""
    return job_folder(studio, job_id) / "log"


def remove_stale_files(studio: Path, queue: Queue, now: datetime) -> None:
    """Removes what ended jobs keep for a retry that has not come for a week, and what belongs to no job.

    Their logs stay.
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
    """The end of a log; nothing where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 400 * count))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
