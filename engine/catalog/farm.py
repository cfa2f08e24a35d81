"""The machines that run jobs of a studio, the leases under which they do, and where the farm listens."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from engine.catalog.database import Connection
from engine.catalog.media import FrozenModel
from engine.catalog.records import JobState

MachineState = Literal["active", "draining", "quarantined", "revoked"]
LeaseState = Literal["offered", "claimed", "answered", "ended"]


class FarmMachine(FrozenModel):
    """A machine that has joined. `name` is that of its certificates, `label` the one that people read.

    `fingerprint` is the SHA-256 of its public key, in hex. `facts` is what it reported last, as JSON.
    """

    name: str
    label: str
    fingerprint: str
    state: MachineState
    reason: str = ""
    joined_at: datetime
    seen_at: datetime | None = None
    facts: dict[str, Any] | None = None


class FarmLease(FrozenModel):
    """One attempt at a job on another machine.

    `task` is what the machine must do, `answer` what it sent, as JSON. The machine must report before `deadline`. An
    ended lease is worth nothing, whatever its machine sends later.
    """

    id: str
    job_id: str
    attempt: int
    machine: str | None = None
    state: LeaseState = "offered"
    task: dict[str, Any]
    answer: dict[str, Any] | None = None
    offered_at: datetime
    claimed_at: datetime | None = None
    deadline: datetime | None = None
    ended_at: datetime | None = None
    note: str = ""
    done: int = 0
    total: int = 0
    unit: str = ""
    message: str = ""


class FinishedLease(FrozenModel):
    """An answered lease, in short: the job and its kind, its machine, the status and the software of the answer.

    `workload` is the media that the job works on, in seconds.
    """

    job_id: str
    machine: str
    kind: str
    claimed_at: datetime
    ended_at: datetime
    note: str
    status: str
    identity: str
    workload: float | None = None


class FarmFault(FrozenModel):
    """Something that went wrong on a machine, with the kind of job."""

    machine: str
    kind: str
    lease: str | None = None
    at: datetime
    reason: str


class FarmListener(FrozenModel):
    """Where the farm listens: the job that does, the interface and its address, the three ports, the Bonjour name.

    `fingerprint` is the SHA-256 of the farm's authority, in hex.
    """

    job_id: str
    interface: str
    address: str
    pairing_port: int
    content_port: int
    scheduler_port: int
    name: str
    fingerprint: str
    since: datetime


_WATCHED = (
    "id, job_id, attempt, machine, state, '{}' AS task, answer, offered_at, claimed_at, deadline, ended_at, note, "
    "done, total, unit, message"
)


class Farm:
    """What the catalog knows of the farm. Each change of a lease is one transaction that tests its state."""

    def __init__(self, db: Connection) -> None:
        self._db = db

    # Machines

    def add_machine(self, machine: FarmMachine) -> None:
        """Store a machine; one of the same name is replaced."""
        row = machine.model_dump(mode="json")
        row["facts"] = None if machine.facts is None else json.dumps(machine.facts)
        with self._db.transaction():
            self._db.execute("DELETE FROM farm_machine WHERE name = ?", (machine.name,))
            self._db.insert("farm_machine", row)

    def machine(self, name: str) -> FarmMachine | None:
        """Return the machine of this name, or None."""
        row = self._db.execute("SELECT * FROM farm_machine WHERE name = ?", (name,)).fetchone()
        return _machine(row) if row else None

    def machines(self) -> list[FarmMachine]:
        """Return all machines, in the order in which they joined."""
        return [_machine(row) for row in self._db.execute("SELECT * FROM farm_machine ORDER BY joined_at, name")]

    def set_state(self, name: str, state: MachineState, reason: str = "") -> None:
        """Change the state of a machine. A revoked one stays revoked."""
        self._db.execute(
            "UPDATE farm_machine SET state = ?, reason = ? WHERE name = ? AND state != 'revoked'", (state, reason, name)
        )

    def report_machine(self, name: str, facts: dict[str, Any]) -> None:
        """Store what a machine reports of itself, and that it was seen."""
        now = datetime.now(UTC).isoformat()
        self._db.execute(
            "UPDATE farm_machine SET facts = ?, seen_at = ? WHERE name = ?", (json.dumps(facts), now, name)
        )

    # Leases

    def offer(
        self, job_id: str, attempt: int, task: dict[str, Any], *, beside: bool = False, note: str = ""
    ) -> FarmLease:
        """Offer an attempt at a job to the farm. Earlier leases of the job end, unless it runs `beside` them."""
        lease = FarmLease(
            id=secrets.token_hex(16),
            job_id=job_id,
            attempt=attempt,
            task=task,
            offered_at=datetime.now(UTC),
            note=note,
        )
        row = lease.model_dump(mode="json")
        row.update(task=json.dumps(task), answer=None)
        with self._db.transaction():
            if not beside:
                self.end_leases(job_id, "another attempt began")
            self._db.insert("farm_lease", row)
        return lease

    def lease(self, lease_id: str) -> FarmLease | None:
        """Return the lease with this id, or None."""
        row = self._db.execute("SELECT * FROM farm_lease WHERE id = ?", (lease_id,)).fetchone()
        return _lease(row) if row else None

    def answered(self, job_id: str) -> FarmLease | None:
        """Return the latest lease of a job under which a machine answered, or None."""
        row = self._db.execute(
            "SELECT * FROM farm_lease WHERE job_id = ? AND state = 'answered' ORDER BY attempt DESC, ended_at DESC",
            (job_id,),
        ).fetchone()
        return _lease(row) if row else None

    def leases(self, states: Sequence[LeaseState] = ()) -> list[FarmLease]:
        """Return the leases in these states, or all, the oldest first."""
        marks = ", ".join("?" * len(states)) or "state"
        rows = self._db.execute(
            f"SELECT * FROM farm_lease WHERE state IN ({marks}) ORDER BY offered_at, id", tuple(states)
        )
        return [_lease(row) for row in rows]

    def leases_of(self, job_id: str, attempt: int) -> list[FarmLease]:
        """Return the leases of an attempt at a job, the oldest first."""
        rows = self._db.execute(
            "SELECT * FROM farm_lease WHERE job_id = ? AND attempt = ? ORDER BY offered_at, id", (job_id, attempt)
        )
        return [_lease(row) for row in rows]

    def watch(self, lease_ids: Sequence[str]) -> list[FarmLease]:
        """Return these leases without what the machine must do, which may be long."""
        marks = ", ".join("?" * len(lease_ids))
        rows = self._db.execute(f"SELECT {_WATCHED} FROM farm_lease WHERE id IN ({marks})", tuple(lease_ids))
        return [_lease(row) for row in rows]

    def finished(self, since: datetime) -> list[FinishedLease]:
        """Return the answered leases since a time, the oldest first."""
        rows = self._db.execute(
            "SELECT job_id, machine, json_extract(task, '$.kind') AS kind, claimed_at, ended_at, note, "
            "(SELECT workload FROM job WHERE job.id = job_id) AS workload, "
            "json_extract(answer, '$.status') AS status, json_extract(answer, '$.identity') AS identity "
            "FROM farm_lease WHERE state = 'answered' AND ended_at >= ? ORDER BY ended_at, id",
            (since.isoformat(),),
        )
        return [FinishedLease.model_validate(dict(row)) for row in rows]

    def note_lease(self, lease_id: str, note: str) -> None:
        """Add what was found about a lease."""
        self._db.execute("UPDATE farm_lease SET note = ? WHERE id = ?", (note, lease_id))

    def forget_leases(self, before: datetime) -> None:
        """Delete the leases that ended or were answered before a time."""
        self._db.execute(
            "DELETE FROM farm_lease WHERE state IN ('answered', 'ended') AND ended_at < ?", (before.isoformat(),)
        )

    def claim(self, lease_id: str, machine: str, deadline: datetime) -> bool:
        """Give an offered lease to a machine. Return False if it is not offered any more."""
        changed = self._db.execute(
            "UPDATE farm_lease SET state = 'claimed', machine = ?, claimed_at = ?, deadline = ? "
            "WHERE id = ? AND state = 'offered'",
            (machine, datetime.now(UTC).isoformat(), deadline.isoformat(), lease_id),
        )
        return changed.rowcount == 1

    def beat(self, lease_id: str, machine: str, deadline: datetime, progress: tuple[int, int, str, str]) -> bool:
        """Store the progress of a machine's lease and its next deadline. Return False if the lease is not its own."""
        changed = self._db.execute(
            "UPDATE farm_lease SET deadline = ?, done = ?, total = ?, unit = ?, message = ? "
            "WHERE id = ? AND machine = ? AND state = 'claimed'",
            (deadline.isoformat(), *progress, lease_id, machine),
        )
        return changed.rowcount == 1

    def answer(self, lease_id: str, machine: str, answer: dict[str, Any]) -> bool:
        """Store the answer of a machine. Return False if the lease is not its own any more."""
        changed = self._db.execute(
            "UPDATE farm_lease SET state = 'answered', answer = ?, ended_at = ? "
            "WHERE id = ? AND machine = ? AND state = 'claimed'",
            (json.dumps(answer), datetime.now(UTC).isoformat(), lease_id, machine),
        )
        return changed.rowcount == 1

    def end_lease(self, lease_id: str, note: str) -> None:
        """End a lease that is offered or claimed."""
        self._db.execute(
            "UPDATE farm_lease SET state = 'ended', ended_at = ?, note = ? "
            "WHERE id = ? AND state IN ('offered', 'claimed')",
            (datetime.now(UTC).isoformat(), note, lease_id),
        )

    def end_leases(self, job_id: str, note: str) -> None:
        """End the open leases of a job."""
        self._db.execute(
            "UPDATE farm_lease SET state = 'ended', ended_at = ?, note = ? "
            "WHERE job_id = ? AND state IN ('offered', 'claimed')",
            (datetime.now(UTC).isoformat(), note, job_id),
        )

    # Faults

    def add_fault(self, fault: FarmFault) -> None:
        """Store what went wrong on a machine."""
        self._db.insert("farm_fault", fault.model_dump(mode="json"))

    def faults(self, machine: str) -> list[FarmFault]:
        """Return what went wrong on a machine, the newest first."""
        rows = self._db.execute("SELECT * FROM farm_fault WHERE machine = ? ORDER BY id DESC", (machine,))
        return [FarmFault.model_validate({name: row[name] for name in FarmFault.model_fields}) for row in rows]

    def forget_faults(self, machine: str) -> None:
        """Forget what went wrong on a machine."""
        self._db.execute("DELETE FROM farm_fault WHERE machine = ?", (machine,))

    def forget_faults_of(self, job_id: str) -> None:
        """Forget what went wrong with a job."""
        self._db.execute(
            "DELETE FROM farm_fault WHERE lease IN (SELECT id FROM farm_lease WHERE job_id = ?)", (job_id,)
        )

    # The listener

    def set_listener(self, listener: FarmListener) -> None:
        """Store where the farm listens."""
        with self._db.transaction():
            self._db.execute("DELETE FROM farm_listener")
            self._db.insert("farm_listener", {"id": 1, **listener.model_dump(mode="json")})

    def listener(self) -> FarmListener | None:
        """Return where the farm listens, None if its job does not run."""
        row = self._db.execute(
            "SELECT farm_listener.* FROM farm_listener JOIN job ON job.id = farm_listener.job_id WHERE job.state = ?",
            (JobState.RUNNING,),
        ).fetchone()
        if row is None:
            return None
        return FarmListener.model_validate({name: row[name] for name in FarmListener.model_fields})

    def last_listener(self, job_id: str) -> FarmListener | None:
        """Return where an earlier attempt of a job listened, or None."""
        row = self._db.execute("SELECT * FROM farm_listener WHERE job_id = ?", (job_id,)).fetchone()
        return FarmListener.model_validate({name: row[name] for name in FarmListener.model_fields}) if row else None

    def clear_listener(self) -> None:
        """Note that the farm does not listen."""
        self._db.execute("DELETE FROM farm_listener")


def _machine(row: sqlite3.Row) -> FarmMachine:
    fields = {name: row[name] for name in FarmMachine.model_fields}
    return FarmMachine.model_validate({**fields, "facts": json.loads(row["facts"]) if row["facts"] else None})


def _lease(row: sqlite3.Row) -> FarmLease:
    fields = {name: row[name] for name in FarmLease.model_fields}
    answer = json.loads(row["answer"]) if row["answer"] else None
    return FarmLease.model_validate({**fields, "task": json.loads(row["task"]), "answer": answer})
