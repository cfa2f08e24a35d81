"""Where the studio process and its jobs keep what they need between attempts, below the studio's `work/`."""

from __future__ import annotations

from pathlib import Path


def job_folder(studio: Path, job_id: str) -> Path:
    """A job's own folder: its log, its lock, its result, what it resumes from."""
    return studio / "work" / "jobs" / job_id


def log_of(studio: Path, job_id: str) -> Path:
    """What a job said, attempt after attempt."""
    return job_folder(studio, job_id) / "log"


def last_lines(log: Path, count: int) -> list[str]:
    """The end of a log; nothing where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 400 * count))
            return file.read().decode(errors="replace").splitlines()[-count:]
    except OSError:
        return []
