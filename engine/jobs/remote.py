"""The interface to jobs that run on other machines. The job system knows no farm: a pool is given to it by name."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from engine.catalog import Catalog, Job
from engine.jobs.job_process import AttemptResult
from engine.jobs.time_left import EndEstimate
from engine.jobs.worker_pool import Progress


@dataclass(frozen=True, slots=True)
class JobPlace:
    """Where a job may start. `machine` is another machine, None: this one. `note` says why, for the job's journal.

    A job without a placement waits.
    """

    machine: str | None = None
    note: str = ""


@dataclass(slots=True)
class RemoteJob:
    """A job on another machine. Times are from `time.monotonic`, as in RunningJob."""

    job: Job
    started_at: float
    progress: Progress | None = None
    first_progress: tuple[float, int] | None = None
    estimate: EndEstimate = field(default_factory=lambda: EndEstimate(time.monotonic()))


@dataclass(frozen=True, slots=True)
class RemoteEnd:
    """The end of an attempt on another machine. Without a result, the job is queued again, and `note` says why.

    A failure elsewhere is not a job's failure: the pool then keeps the job on this machine.
    """

    job: Job
    note: str
    result: AttemptResult | None = None


class RemotePool(Protocol):
    """Runs jobs on other machines. All methods are called by one thread, that of the studio process, and return soon.

    Methods that use the catalog raise EngineError if the disk is full or unavailable.
    """

    @property
    def running(self) -> Iterable[RemoteJob]:
        """The jobs on other machines."""

    def attach(self, wake: Callable[[], None]) -> None:
        """Sets what wakes the studio process when something has happened. Any thread may call it."""

    def place(self, ready: Sequence[Job], fitting: AbstractSet[str]) -> Mapping[str, JobPlace]:
        """Where each ready job may start, by its id. `fitting` are the ids of those that fit on this machine now."""

    def start(self, job: Job, machine: str, results: Mapping[str, dict[str, Any]]) -> None:
        """Starts an attempt on a machine that `place` has named."""

    def resume(self, job: Job) -> bool:
        """Continues an attempt that an earlier studio process started. Returns False if no machine may answer it."""

    def stop(self, job_id: str) -> None:
        """Ends an attempt on another machine."""

    def poll(self) -> None:
        """Looks for what has changed, and ends attempts whose machine is silent."""

    def reap(self) -> list[RemoteEnd]:
        """Removes and returns the attempts that have ended."""

    def close(self) -> None:
        """Ends the pool's own processes. Attempts on other machines go on, for the next studio process."""


RemotePoolFactory = Callable[[Path, str, Catalog], RemotePool]


def load_remote_pool(name: str, studio: Path, job_kinds: str, catalog: Catalog) -> RemotePool:
    """The pool that `name` (module:function) returns for a studio."""
    module, function = name.split(":")
    factory: RemotePoolFactory = getattr(importlib.import_module(module), function)
    return factory(studio, job_kinds, catalog)
