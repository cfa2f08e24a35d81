"""The durable job queue: jobs, their dependencies, and a journal of their state changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from engine.catalog.database import Connection, from_columns, to_columns
from engine.catalog.records import Job, JobEvent, JobState
from engine.catalog.speeds import Speeds

_SELECT = "SELECT job.*, (SELECT json_group_array(needs_id) FROM need WHERE need.job_id = job.id) AS needs FROM job "
# A job is ready if all of its dependencies are done and its `not_before` has passed.
_READY = (
    "state = 'queued' AND NOT cancel_requested AND (not_before IS NULL OR not_before <= ?) AND NOT EXISTS "
    "(SELECT 1 FROM need JOIN job AS other ON other.id = need.needs_id "
    "WHERE need.job_id = job.id AND other.state != 'done') "
)
_RESET: dict[str, Any] = {
    "cancel_requested": False,
    "cancelled_by": None,
    "done": 0,
    "total": 0,
    "unit": "",
    "message": "",
    "result": None,
    "error": None,
    "retries": 0,
    "not_before": None,
    "expected_at": None,
    "started_at": None,
    "finished_at": None,
}
_CAUSE = "because"
_ENDED = (JobState.FAILED, JobState.CANCELLED)
_UNENDED = (JobState.RUNNING, JobState.QUEUED, JobState.BLOCKED)
_DOWNSTREAM = (
    "WITH RECURSIVE down(id) AS (SELECT job_id FROM need WHERE needs_id = ? "
    "UNION SELECT need.job_id FROM need JOIN down ON need.needs_id = down.id) SELECT id FROM down"
)
_UPSTREAM = (
    "WITH RECURSIVE up(id) AS (SELECT needs_id FROM need WHERE job_id = ? "
    "UNION SELECT need.needs_id FROM need JOIN up ON need.job_id = up.id) SELECT id FROM up"
)


class Queue:
    """The jobs of a catalog. Each state change is allowed only from certain states, and is journalled."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    # Submitting

    def submit(self, jobs: Sequence[Job]) -> list[Job]:
        """Queue jobs that are not queued or running yet; dependencies come first. Return the resulting rows.

        A job that is queued or running stays one job, with the higher priority. A job that has ended is queued again,
        unless it was done again since its `attempts` were read.
        """
        with self._db.transaction():
            for job in jobs:
                self._submit_one(job)
            self._end_unreachable()
        return [known for job in jobs if (known := self.job(job.id))]

    def _submit_one(self, job: Job) -> None:
        known = self.job(job.id)
        if known is None:
            row = job.model_dump(mode="json", exclude={"needs"})
            self._db.insert("job", {**row, "attempts": 0})
            self._write_needs(job)
            self._note(job.id, job.state, "")
        elif known.state.open:
            if job.priority > known.priority:
                self._db.execute("UPDATE job SET priority = ? WHERE id = ?", (job.priority, job.id))
        elif known.state is not JobState.DONE or known.attempts == job.attempts:
            again = {
                "priority": job.priority,
                "created_at": job.created_at.isoformat(),
                "error": job.error,
                "workload": job.workload,
                "speed_class": job.speed_class,
            }
            self._transition(known.id, (known.state,), job.state, {**_RESET, **again})
            self._write_needs(job)

    def _write_needs(self, job: Job) -> None:
        self._db.execute("DELETE FROM need WHERE job_id = ?", (job.id,))
        for needed in job.needs:
            self._db.execute("INSERT INTO need (job_id, needs_id) VALUES (?, ?)", (job.id, needed))

    def replace(self, old: Job, new: Job) -> Job:
        """Replace a blocked job with the one that has the answer. Jobs that needed the old one need the new one."""
        with self._db.transaction():
            (asked,) = self.submit([new])
            if new.id == old.id:
                return asked
            self._db.execute("UPDATE OR REPLACE need SET needs_id = ? WHERE needs_id = ?", (new.id, old.id))
            self._db.execute("DELETE FROM journal WHERE job_id = ?", (old.id,))
            self._db.execute("DELETE FROM job WHERE id = ?", (old.id,))
        return asked

    # Queries

    def job(self, job_id: str) -> Job | None:
        """Return the job with this id, or None."""
        row = self._db.execute(f"{_SELECT} WHERE id = ?", (job_id,)).fetchone()
        return Job.model_validate(from_columns(row)) if row else None

    def find_by_prefix(self, start: str) -> list[Job]:
        """Return the jobs whose id starts with `start`."""
        return self._select("WHERE substr(id, 1, ?) = ?", (len(start), start))

    def jobs(self, states: Iterable[JobState] = (), limit: int | None = None, kind: str | None = None) -> list[Job]:
        """Return jobs in these states, or in any, newest first; of one kind if it is given."""
        wanted = [str(state) for state in states]
        conditions = [f"state IN ({', '.join('?' * len(wanted))})"] if wanted else []
        conditions += ["kind = ?"] if kind else []
        among = f"WHERE {' AND '.join(conditions)}" if conditions else ""
        bound = [*wanted, *([kind] if kind else []), -1 if limit is None else limit]
        return self._select(f"{among} ORDER BY created_at DESC, rowid DESC LIMIT ?", bound)

    def done(self, kind: str, project_id: str, take_id: str | None = None) -> list[Job]:
        """Return the jobs of a kind that are done, of a project's takes or of one take, the latest first."""
        of = "AND json_extract(parameters, '$.take') = ?3" if take_id else "AND ?3 IS NULL"
        query = f"WHERE kind = ?1 AND project_id = ?2 AND state = 'done' {of} ORDER BY finished_at DESC, rowid DESC"
        return self._select(query, (kind, project_id, take_id))

    def graph(self, job_ids: Sequence[str]) -> list[Job]:
        """Return these jobs and all their dependencies, by creation time."""
        among = ", ".join("?" * len(job_ids))
        up = (
            f"WITH RECURSIVE up(id) AS (SELECT id FROM job WHERE id IN ({among}) "
            "UNION SELECT need.needs_id FROM need JOIN up ON need.job_id = up.id) "
        )
        rows = self._db.execute(f"{up}{_SELECT} WHERE id IN (SELECT id FROM up) ORDER BY created_at, rowid", job_ids)
        return [Job.model_validate(from_columns(row)) for row in rows]

    def counts(self) -> dict[JobState, int]:
        """Return the number of jobs in each state."""
        found = {
            row["state"]: row["n"] for row in self._db.execute("SELECT state, count(*) AS n FROM job GROUP BY state")
        }
        return {state: found.get(state, 0) for state in JobState}

    def has_finished(self, kind: str) -> bool:
        """Return whether a job of this kind has ever finished successfully."""
        query = "SELECT EXISTS (SELECT 1 FROM job WHERE kind = ? AND state = ?)"
        return bool(self._db.execute(query, (kind, JobState.DONE)).fetchone()[0])

    def ready(self, limit: int, at: datetime | None = None) -> list[Job]:
        """Return the jobs that may run now, or at `at`, by priority."""
        bound = (at.isoformat() if at else _now(), limit)
        return self._select(f"WHERE {_READY} ORDER BY priority DESC, created_at, rowid LIMIT ?", bound)

    def idle(self) -> bool:
        """Return whether no job runs, and none will without the user."""
        # One query, because a job could change its state between two.
        at_any_time = (datetime.max.replace(tzinfo=UTC).isoformat(),)
        return not self._select(f"WHERE state = 'running' OR ({_READY}) LIMIT 1", at_any_time)

    def has_services(self) -> bool:
        """Return whether a service is switched on: a job that runs until it is cancelled."""
        query = "SELECT EXISTS (SELECT 1 FROM job WHERE state IN ('queued', 'running') AND cpu_limit = 0)"
        return bool(self._db.execute(query).fetchone()[0])

    def next_retry_at(self) -> datetime | None:
        """Return the earliest time at which a delayed job may be tried again, or None."""
        query = "SELECT min(not_before) AS at FROM job WHERE state = 'queued' AND not_before > ?"
        row = self._db.execute(query, (_now(),)).fetchone()
        return datetime.fromisoformat(row["at"]) if row["at"] else None

    def cancel_requests(self) -> list[Job]:
        """Return the running jobs that the user wants to cancel."""
        return self._select("WHERE state = 'running' AND cancel_requested", ())

    def results(self, job: Job) -> dict[str, dict[str, Any]]:
        """Return the results of a job's dependencies, by job id."""
        needed = [self.job(needed) for needed in job.needs]
        return {one.id: one.result or {} for one in needed if one}

    def journal(self, job_id: str) -> list[JobEvent]:
        """Return a job's state changes, oldest first."""
        rows = self._db.execute("SELECT state, at, note FROM journal WHERE job_id = ? ORDER BY id", (job_id,))
        return [JobEvent.model_validate(dict(row)) for row in rows]

    # User requests

    def request_cancel(self, job_id: str, by: str = "") -> JobState | None:
        """Cancel a job; the studio stops a running one later. Return its previous state, or None for an unknown job.

        `by` is the program and the terminal of the user.
        """
        with self._db.transaction():
            job = self.job(job_id)
            if job is None:
                return None
            self._db.execute("UPDATE job SET cancelled_by = ? WHERE id = ?", (by or None, job_id))
            if job.state is JobState.RUNNING:
                self._db.execute("UPDATE job SET cancel_requested = 1 WHERE id = ?", (job_id,))
            else:
                self.end_cancelled(job_id)
            return job.state

    def retry(self, job_id: str) -> None:
        """Queue a failed or cancelled job again, with its dependencies and the jobs that ended because of these."""
        with self._db.transaction():
            again = {job_id, *self._related(job_id, _UPSTREAM)}
            again |= {
                one
                for needed in tuple(again)
                for one in self._related(needed, _DOWNSTREAM)
                if self._caused_by(one, again)
            }
            for one in again:
                self._transition(one, _ENDED, JobState.QUEUED, _RESET, "queued again by you")
            self._end_unreachable()

    def _caused_by(self, job_id: str, of: set[str]) -> bool:
        job = self.job(job_id)
        return bool(job and job.error and job.error.get(_CAUSE) in of)

    def _end_unreachable(self) -> None:
        """End queued jobs that need a failed or cancelled job."""
        query = (
            "SELECT need.needs_id AS id, other.state AS state FROM need JOIN job ON job.id = need.job_id "
            "JOIN job AS other ON other.id = need.needs_id "
            "WHERE job.state = 'queued' AND other.state IN ('failed', 'cancelled') LIMIT 1"
        )
        while row := self._db.execute(query).fetchone():
            self._end_dependents(row["id"], JobState(row["state"]))

    # Studio process

    def start(self, job_id: str, note: str = "") -> bool:
        """Start a new attempt; the note says where. Return False if the job is no longer queued."""
        with self._db.transaction():
            began = {
                "started_at": _now(),
                "finished_at": None,
                "not_before": None,
                "expected_at": None,
                "done": 0,
                "total": 0,
                "message": "",
            }
            if not self._transition(job_id, (JobState.QUEUED,), JobState.RUNNING, began, note):
                return False
            self._db.execute("UPDATE job SET attempts = attempts + 1 WHERE id = ?", (job_id,))
            return True

    def report(self, progress: Iterable[tuple[str, int, int, str, str, datetime | None]]) -> None:
        """Store the progress of running jobs: (id, done, total, unit, message, expected end)."""
        with self._db.transaction():
            for job_id, done, total, unit, message, expected in progress:
                self._db.execute(
                    "UPDATE job SET done = ?, total = ?, unit = ?, message = ?, expected_at = ? "
                    "WHERE id = ? AND state = 'running'",
                    (done, total, unit, message, expected.isoformat() if expected else None, job_id),
                )

    def complete(
        self,
        job_id: str,
        result: dict[str, Any],
        used: dict[str, float],
        follow: Sequence[Job] = (),
        elsewhere: str = "",
    ) -> None:
        """Mark a job as done and queue its successors, in one transaction. `elsewhere`: another machine did it."""
        with self._db.transaction():
            job = self.job(job_id)
            total = job.total if job else 0
            now = datetime.now(UTC)
            ended = {"finished_at": now.isoformat(), "result": result, "error": None, "done": total, "message": ""}
            cleared = {"retries": 0, "expected_at": None, "cancel_requested": False, "cancelled_by": None}
            moved = self._transition(
                job_id, (JobState.RUNNING,), JobState.DONE, {**ended, **cleared, **used}, elsewhere
            )
            # An attempt that resumed has done only the rest of the work; one elsewhere does not measure this machine.
            if job and moved and not elsewhere and not self._resumed(job_id):
                Speeds(self._db).record(job, now)
            self.submit(follow)

    def end(
        self,
        job_id: str,
        state: JobState,
        error: dict[str, str] | None = None,
        note: str = "",
        used: dict[str, float] | None = None,
    ) -> None:
        """Mark a job as failed, cancelled or blocked. If it has ended, end its dependents, too, with the reason."""
        with self._db.transaction():
            columns = {
                "finished_at": _now(),
                "error": error,
                "result": None,
                "expected_at": None,
                "cancel_requested": False,
            }
            if self._transition(job_id, _UNENDED, state, {**columns, **(used or {})}, note) and state in _ENDED:
                self._end_dependents(job_id, state)

    def end_cancelled(self, job_id: str, used: dict[str, float] | None = None) -> None:
        """Mark a job as cancelled, with the program of the user in its journal."""
        job = self.job(job_id)
        self.end(job_id, JobState.CANCELLED, note=f"by {(job and job.cancelled_by) or 'you'}", used=used)

    def _end_dependents(self, job_id: str, state: JobState) -> None:
        job = self.job(job_id)
        cause = (job.error or {}) if job else {}
        how = "failed" if state is JobState.FAILED else "was cancelled"
        if state is JobState.CANCELLED and job and job.cancelled_by:
            how += f" by {job.cancelled_by}"
        what = f": {cause['message']}" if "message" in cause else "."
        why = {
            **cause,
            "message": f"It needs “{job.title if job else job_id}”, which {how}{what}",
            "hint": cause.get("hint") or f"cwtui retry {job_id[:8]}",
            _CAUSE: job_id,
        }
        columns = {"finished_at": _now(), "error": why, "cancel_requested": False}
        for dependent in self._related(job_id, _DOWNSTREAM):
            self._transition(dependent, (JobState.QUEUED, JobState.BLOCKED), state, columns, f"needs {job_id[:8]}")

    def requeue(self, job_id: str, note: str, retries: int = 0, not_before: datetime | None = None) -> None:
        """Put a running job back into the queue, to resume later, unless the user has cancelled it."""
        at = not_before.isoformat() if not_before else None
        with self._db.transaction():
            job = self.job(job_id)
            if job and job.cancel_requested:
                self.end_cancelled(job_id)
                return
            back = {"retries": retries, "not_before": at, "expected_at": None}
            self._transition(job_id, (JobState.RUNNING,), JobState.QUEUED, back, note)

    def remark(self, job_id: str, note: str) -> None:
        """Add a note to a running job's journal."""
        with self._db.transaction():
            job = self.job(job_id)
            if job and job.state is JobState.RUNNING:
                self._note(job_id, job.state, note)

    def _resumed(self, job_id: str) -> bool:
        """Return whether the last attempt came after an interrupted one."""
        query = "SELECT note FROM journal WHERE job_id = ? AND state = 'queued' ORDER BY id DESC LIMIT 1"
        row = self._db.execute(query, (job_id,)).fetchone()
        return bool(row and row["note"])

    def _transition(
        self, job_id: str, before: tuple[JobState, ...], after: JobState, columns: dict[str, Any], note: str = ""
    ) -> bool:
        """Change a job's state if it is one of `before`. Return whether it was."""
        row = to_columns({**columns, "state": str(after)})
        sets = ", ".join(f"{name} = :{name}" for name in row)
        among = ", ".join(f"'{state}'" for state in before)
        moved = self._db.execute(f"UPDATE job SET {sets} WHERE id = :id AND state IN ({among})", {**row, "id": job_id})
        if moved.rowcount:
            self._note(job_id, after, note)
        return bool(moved.rowcount)

    def _note(self, job_id: str, state: JobState, note: str) -> None:
        self._db.insert("journal", {"job_id": job_id, "state": str(state), "at": _now(), "note": note})

    def _related(self, job_id: str, query: str) -> list[str]:
        return [row[0] for row in self._db.execute(query, (job_id,))]

    def _select(self, where: str, bound: Sequence[Any]) -> list[Job]:
        return [Job.model_validate(from_columns(row)) for row in self._db.execute(_SELECT + where, bound)]


def _now() -> str:
    return datetime.now(UTC).isoformat()
