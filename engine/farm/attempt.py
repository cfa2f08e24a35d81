"""An attempt at a job on other machines: its leases and their answers."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from engine.catalog import Job, LeaseState
from engine.farm.work_order import WorkAnswer
from engine.jobs.remote import RemoteJob
from engine.jobs.worker_pool import Progress
from engine.slug import printable

_LONGEST = 300
# A job that takes so many times as long as elsewhere, and so many seconds more, is given to a second machine.
_LATE_FACTOR, _LATE_S = 2.0, 5.0

Digests = tuple[tuple[str, str], ...]
"""The outputs of a job, by path: path and SHA-256."""


@dataclass(slots=True)
class OpenLease:
    """A lease of an attempt that is not over. Times are from `time.monotonic`.

    `lost`: the scheduler has forgotten it. `moved_at`: when its progress changed last.
    """

    id: str
    machine: str
    state: LeaseState
    offered_at: float
    claimed_at: float | None = None
    lost: bool = False
    moved_at: float | None = None
    progress: Progress | None = None

    def is_stuck(self, progress: Progress, now: float, longest: float) -> bool:
        """Note the progress of the machine. Return whether it has not changed for longer than `longest` seconds."""
        if self.moved_at is None or progress != self.progress:
            self.progress, self.moved_at = progress, now
        return now - self.moved_at > longest


@dataclass(slots=True)
class Attempt:
    """A job that runs elsewhere.

    `compared`: two machines run it, or this one runs it too, and their bytes are compared. `here_too` is the second
    case. `answers` are those of finished leases. `taking_in` is the lease whose outputs are being put in their places.
    `machines` are those of all leases, also of the lost ones. `helped`: a second machine runs it as the first is late.
    """

    remote: RemoteJob
    machine: str
    results: Mapping[str, Mapping[str, Any]]
    leases: dict[str, OpenLease] = field(default_factory=dict)
    answers: dict[str, WorkAnswer] = field(default_factory=dict)
    machines: dict[str, str] = field(default_factory=dict)
    compared: bool = False
    here_too: bool = False
    taking_in: str | None = None
    helped: bool = False

    @property
    def busy(self) -> set[str]:
        """The machines that run the job, or will. One that has answered is free while its outputs are checked."""
        if not self.leases:
            return {self.machine}
        return {lease.machine for lease in self.leases.values() if lease.state != "answered"}

    @property
    def is_helpable(self) -> bool:
        """Whether a second machine may run the job as well, if the only one is late."""
        return len(self.leases) == 1 and not (self.compared or self.here_too or self.helped or self.answers)

    def note_progress(self, progress: Progress) -> None:
        """Note what a machine has done of the job."""
        remote, before = self.remote, self.remote.progress
        if progress[1] and progress != before:
            remote.progress = progress
            if remote.first_progress is None or (before and before[1:3] != progress[1:3]):
                remote.first_progress = (time.monotonic(), progress[0])

    @property
    def job(self) -> Job:
        """The job as it was when the attempt began."""
        return self.remote.job


def outputs_of(answer: WorkAnswer) -> Digests:
    """Return what is compared of an answer: its files; its result, if it has none."""
    if answer.files:
        return tuple(sorted((one.path, one.sha256) for one in answer.files))
    return (("", json.dumps(answer.result, sort_keys=True)),)


def error_of(answer: WorkAnswer) -> str:
    """Return what a machine says of a job that it has not done."""
    message = (answer.error or {}).get("message")
    return said(message) if isinstance(message, str) and message else "it gave no reason"


def said(text: str) -> str:
    """Return text of another machine as it may be shown: short, and without control characters."""
    return printable(text[:_LONGEST])


def is_late(elapsed: float, share: float, elsewhere: float) -> bool:
    """Return whether a job should be given to a second machine, which would take `elsewhere` seconds.

    `elapsed` is in seconds since the claim, `share` the part that is done.
    """
    left = elapsed * (1 - share) / share if share > 0 else elapsed
    return left > _LATE_FACTOR * elsewhere + _LATE_S
