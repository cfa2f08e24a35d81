"""The measured speed of finished jobs on this machine, by kind and class."""

from __future__ import annotations

from datetime import UTC, datetime

from engine.catalog.database import Connection
from engine.catalog.records import Job

# Of shorter work, the start of the process is a large part.
_MIN_SECONDS = 0.5
# The latest jobs that the mean follows.
_MEMORY = 5


def work_amount(job: Job) -> float | None:
    """A job's amount of work: bytes if it counts them, else seconds of media; None if unknown."""
    if job.unit == "bytes":
        return float(job.total) if job.total else None
    return job.workload


class Speeds:
    """Amounts of work for each second of time."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    def all(self) -> dict[tuple[str, str], float]:
        """Return the speeds by kind and class."""
        rows = self._db.execute("SELECT kind, speed_class, rate FROM job_speed")
        return {(row["kind"], row["speed_class"]): row["rate"] for row in rows}

    def of(self, job: Job) -> float | None:
        """Return the speed of jobs such as this one; None before the first one has finished."""
        query = "SELECT rate FROM job_speed WHERE kind = ? AND speed_class = ?"
        row = self._db.execute(query, (job.kind, job.speed_class)).fetchone()
        return row["rate"] if row else None

    def record(self, job: Job, finished_at: datetime) -> None:
        """Add a job that has done all its work in one attempt. The latest five or so determine the speed."""
        amount = work_amount(job)
        seconds = (finished_at - job.started_at).total_seconds() if job.started_at else 0.0
        if not amount or seconds < _MIN_SECONDS:
            return
        row = {
            "kind": job.kind,
            "class": job.speed_class,
            "rate": amount / seconds,
            "at": datetime.now(UTC).isoformat(),
            "memory": _MEMORY,
        }
        self._db.execute(
            "INSERT INTO job_speed (kind, speed_class, rate, jobs, measured_at) VALUES (:kind, :class, :rate, 1, :at) "
            "ON CONFLICT (kind, speed_class) DO UPDATE SET "
            "rate = rate + (excluded.rate - rate) / min(jobs + 1, :memory), jobs = jobs + 1, "
            "measured_at = excluded.measured_at",
            row,
        )
