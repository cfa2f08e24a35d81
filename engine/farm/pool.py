"""The jobs of a studio that run on other machines."""

from __future__ import annotations

import logging
import queue
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.catalog import Catalog, FarmLease, Job, JobState
from engine.errors import EngineError
from engine.farm.attempt import Attempt, OpenLease, error_of, said
from engine.farm.comparison import Comparisons
from engine.farm.farm_policy import FarmPolicy
from engine.farm.farm_times import FarmTimes
from engine.farm.faults import record_fault
from engine.farm.history import MachineHistory
from engine.farm.lease_access import MaySend
from engine.farm.machines import Machines
from engine.farm.offers import COMPARED, COMPARED_HERE, Offers
from engine.farm.places import Places
from engine.farm.preparation import Digested, Done, Preparation, Prepared, TakenIn, Unprepared
from engine.farm.scheduler_link import SchedulerLink
from engine.farm.software import Identity, software_identity
from engine.farm.work_order import WorkAnswer
from engine.jobs.remote import JobPlace, RemoteEnd, RemoteJob

_SLEPT_S = 10.0
_LOOK_S = 0.5
# One of so many jobs of a proved machine is run on another machine too.
_SPOT_CHECKS = 20
_KEPT = timedelta(days=30)
_TIMES = FarmTimes()

logger = logging.getLogger("engine.farm")


def farm_pool(studio: Path, job_kinds: str, catalog: Catalog) -> FarmPool:
    """Return the pool of a studio process, which names this function "engine.farm.pool:farm_pool"."""
    return FarmPool(studio, job_kinds, catalog, FarmPolicy(studio).may_send)


class FarmPool:
    """Gives jobs to the machines that have joined while the service `farm-host` runs, and takes their answers.

    It starts the Dask scheduler, in a sandbox, at the address and port of `catalog.farm.listener()`, with the files of
    `scheduler_credentials(studio)`, and starts it again when these files change. Its state is in the catalog's leases:
    the next studio process goes on with them.

    `may_send` returns the rule that keeps a content of a project from a machine. `identity` returns that of this
    machine's software. One of `spot_checks` jobs of a proved machine is compared, besides the first ones.
    """

    def __init__(
        self,
        studio: Path,
        job_kinds: str,
        catalog: Catalog,
        may_send: MaySend = lambda machine, project_id, content: None,
        identity: Callable[[], Identity | None] = software_identity,
        spot_checks: int = _SPOT_CHECKS,
        times: FarmTimes = _TIMES,
    ) -> None:
        self._catalog, self._farm, self._queue = catalog, catalog.farm, catalog.queue
        self._times = times
        self._wake: Callable[[], None] = lambda: None
        self._news: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._hinted: set[str] = set()
        self._preparation = Preparation(studio, job_kinds, identity, self._on_prepared)
        self._link = SchedulerLink(studio, self._on_hint)
        self._history = MachineHistory(self._farm)
        self._comparisons = Comparisons(self._farm, self._history)
        silent = timedelta(seconds=times.silent)
        self._machines = Machines(self._farm, self._history, may_send, self._identity, self._running, silent)
        self._offers = Offers(self._farm, self._history, self._machines, self._link, spot_checks)
        self._places = Places(catalog, self._machines.candidates)
        self._attempts: dict[str, Attempt] = {}
        self._ended: list[RemoteEnd] = []
        self._listening = False
        self._off_since = time.monotonic()
        self._version = -1
        self._polled_at = self._looked_at = 0.0
        self._trusted_from = time.monotonic() + times.grace
        with suppress(EngineError):  # a full disk must not keep the studio process from its other jobs
            self._farm.forget_leases(datetime.now(UTC) - _KEPT)

    # The studio process's side

    @property
    def running(self) -> Iterable[RemoteJob]:
        """The jobs on other machines."""
        return [one.remote for one in self._attempts.values()]

    def attach(self, wake: Callable[[], None]) -> None:
        """Set what wakes the studio process."""
        self._wake = wake

    def place(self, ready: Sequence[Job], fitting: AbstractSet[str]) -> Mapping[str, JobPlace]:
        """Return where each ready job may start: on the fastest machine that is free, else here, with the reason."""
        if not self._listening:
            return {job.id: JobPlace() for job in ready}
        return self._places.place(ready, fitting, self._preparation.remote_kinds, not self._link.ready)

    def start(self, job: Job, machine: str, results: Mapping[str, dict[str, Any]]) -> None:
        """Start an attempt on a machine."""
        self._attempts[job.id] = Attempt(RemoteJob(job, time.monotonic()), machine, results)
        self._preparation.prepare(job, results)

    def resume(self, job: Job) -> bool:
        """Go on with the leases of an attempt that an earlier studio process started, which machines have claimed."""
        known = self._farm.leases_of(job.id, job.attempts)
        if not any(one.state == "claimed" or _is_done(one) for one in known):
            return False
        attempt = Attempt(RemoteJob(job, time.monotonic()), known[0].machine or "", self._queue.results(job))
        for one in known:
            if one.machine and one.state != "ended":
                attempt.leases[one.id] = OpenLease(one.id, one.machine, "offered", time.monotonic())
                attempt.machines[one.id] = one.machine
            else:
                self._farm.end_lease(one.id, "the studio process was started again")
        attempt.here_too = any(one.note == COMPARED_HERE for one in known)
        attempt.compared = not attempt.here_too and any(one.note.startswith(COMPARED) for one in known)
        self._attempts[job.id] = attempt
        self._preparation.load()
        return True

    def stop(self, job_id: str) -> None:
        """End an attempt on other machines."""
        if job_id in self._attempts:
            self._end(self._attempts[job_id], "stopped")

    def reap(self) -> list[RemoteEnd]:
        """Remove and return the attempts that have ended."""
        ended, self._ended = self._ended, []
        return ended

    def close(self) -> None:
        """End the scheduler and the thread. Leases go on."""
        self._link.close()
        self._preparation.close()

    # What happens

    def _on_prepared(self, done: Done) -> None:
        self._news.put(done)
        self._wake()

    def _on_hint(self, lease_id: str) -> None:
        self._hinted.add(lease_id)
        self._wake()

    def poll(self) -> None:
        """Look for what has changed."""
        now = time.monotonic()
        if now - self._polled_at > _SLEPT_S:
            self._trusted_from = max(self._trusted_from, now + self._times.grace)
        self._polled_at = now
        version = self._catalog.version()
        changed, due = version != self._version, now - self._looked_at > _LOOK_S
        self._version = version
        if due or changed:
            self._follow_listener(now)
        while not self._news.empty():
            done = self._news.get()
            try:
                self._take(done)
            except EngineError:
                self._news.put(done)
                raise
        if changed or due or self._hinted:
            self._look(now)
        if due:
            self._looked_at = now
            self._submit_again()
            self._help_late_jobs(now)
            self._settle_local_jobs()

    def _settle_local_jobs(self) -> None:
        for job_id in self._comparisons.waiting():
            if (job := self._queue.job(job_id)) and not job.state.open:
                self._comparisons.ask(job, self._preparation)
        for job in self._places.forget_ended():
            # A job that fails everywhere is not the fault of the machines that had it.
            if job.state is JobState.FAILED:
                self._farm.forget_faults_of(job.id)

    def _follow_listener(self, now: float) -> None:
        listener = self._farm.listener()
        if listener and not self._listening:
            self._history.refresh()
            self._preparation.load()
            self._trusted_from = max(self._trusted_from, now + self._times.grace)
        elif listener:
            self._off_since = now
        elif now - self._off_since > self._times.grace:
            for attempt in [one for one in self._attempts.values() if one.taking_in is None]:
                self._end(attempt, "the farm was switched off")
        self._listening = listener is not None
        if self._link.follow(listener):
            # A scheduler that starts knows no lease.
            for attempt in self._attempts.values():
                for lease in attempt.leases.values():
                    if lease.state == "offered":
                        lease.offered_at = now
                        self._link.submit(lease.id, lease.machine)

    def _take(self, done: Done) -> None:
        if isinstance(done, Digested):
            self._comparisons.settle(done)
            return
        attempt = self._attempts.get(done.job_id)
        if attempt is None or attempt.job.attempts != done.attempt:
            return
        match done:
            case Unprepared():
                self._keep_here(attempt, done.reason)
            case Prepared() if attempt.leases:
                self._offers.help(attempt, done, self._places.tried(attempt.job.id))
            case Prepared():
                if reason := self._offers.offer(attempt, done):
                    self._keep_here(attempt, reason)
            case TakenIn():
                self._taken_in(attempt, done)

    # Leases

    def _look(self, now: float) -> None:
        hinted, self._hinted = self._hinted, set()
        by_lease = {lease: attempt for attempt in self._attempts.values() for lease in attempt.leases}
        if not by_lease:
            return
        for row in self._farm.watch(list(by_lease)):
            attempt = by_lease[row.id]
            # An earlier row may have ended the attempt.
            if row.id in attempt.leases and self._attempts.get(attempt.job.id) is attempt:
                lease = attempt.leases[row.id]
                # Its task is over in the scheduler: the agent or the connection was lost, or the machine had no room.
                lease.lost = lease.lost or row.id in hinted
                self._look_at(attempt, lease, row, now)

    def _submit_again(self) -> None:
        for attempt in self._attempts.values():
            for lease in attempt.leases.values():
                if lease.lost and lease.state == "offered":
                    lease.lost = False
                    self._link.submit(lease.id, lease.machine)

    def _look_at(self, attempt: Attempt, lease: OpenLease, row: FarmLease, now: float) -> None:
        if row.machine not in (None, lease.machine):
            # Two leases that are compared must not go to one machine. Any machine can learn of them from the scheduler.
            self._farm.end_lease(row.id, "another machine claimed it")
            reason = f"it claimed a lease of {self._machines.label(lease.machine)}"
            record_fault(self._farm, self._history, row.machine, attempt.job.kind, row.id, reason)
            self._lose(attempt, lease, f"{self._machines.label(row.machine)} claimed its lease", fault=False)
        elif row.state == "claimed":
            if lease.state == "offered":
                lease.state, lease.claimed_at = "claimed", now
                self._queue.remark(attempt.job.id, f"on {self._machines.label(lease.machine)}")
            progress = (row.done, row.total, said(row.unit), said(row.message))
            attempt.note_progress(progress)
            if row.deadline and row.deadline < datetime.now(UTC) and self._listening and now > self._trusted_from:
                self._farm.end_lease(row.id, "the machine was silent")
                self._lose(attempt, lease, "it was silent past its deadline", fault=True)
            elif lease.is_stuck(progress, now, self._times.stuck):
                self._farm.end_lease(row.id, "the machine made no progress")
                self._lose(attempt, lease, "it made no progress", fault=True)
        elif row.state == "offered":
            if now - lease.offered_at > self._times.claim and self._listening and now > self._trusted_from:
                self._farm.end_lease(row.id, "no machine claimed it")
                self._lose(attempt, lease, "it did not take the job", fault=False)
        elif row.state == "ended":
            self._lose(attempt, lease, row.note, fault=False)
        elif attempt.taking_in != row.id and row.id not in attempt.answers:
            lease.state = "answered"
            self._answered(attempt, lease, row)

    def _answered(self, attempt: Attempt, lease: OpenLease, row: FarmLease) -> None:
        self._link.forget(row.id)
        try:
            answer = WorkAnswer.model_validate(row.answer)
        except ValueError:
            self._lose(attempt, lease, "its answer cannot be read", fault=True)
            return
        if answer.status != "done":
            self._lose(attempt, lease, error_of(answer), fault=answer.status != "stopped")
        else:
            attempt.answers[row.id] = answer
            self._decide(attempt)

    def _decide(self, attempt: Attempt) -> None:
        """Take an answer in when those with which it is to be compared have come."""
        if attempt.taking_in or not attempt.answers:
            return
        if attempt.compared:
            if len(attempt.answers) < len(attempt.leases):
                return
            if len(attempt.answers) == 1:
                (lease,) = attempt.answers
                machine = self._machines.candidates().get(attempt.machines[lease])
                attempt.here_too = machine is not None and self._machines.is_equal_here(machine)
            elif not self._comparisons.agree(attempt):
                labels = " and ".join(self._machines.label(attempt.machines[lease]) for lease in attempt.answers)
                self._keep_here(attempt, f"{labels} made different bytes; these will be compared with them")
                return
        if attempt.here_too:
            label = self._machines.label(attempt.machines[next(iter(attempt.answers))])
            self._comparisons.expect(attempt)
            self._keep_here(attempt, f"{label} is new to {attempt.job.kind}; the bytes are compared")
            return
        lease, answer = next(iter(attempt.answers.items()))
        attempt.taking_in = lease
        self._end_leases(attempt, "another machine was faster")
        self._preparation.take_in(attempt.job, lease, answer)

    def _taken_in(self, attempt: Attempt, done: TakenIn) -> None:
        attempt.taking_in = None
        if done.result is not None:
            label = self._machines.label(attempt.machines[done.lease])
            self._history.refresh()
            self._forget(attempt)
            self._ended.append(RemoteEnd(attempt.job, f"on {label}", done.result))
            return
        self._lose(attempt, attempt.leases[done.lease], done.reason, fault=True)

    def _lose(self, attempt: Attempt, lease: OpenLease, reason: str, *, fault: bool) -> None:
        """A lease is over without a result. When it was the last one, the job is queued again."""
        job = attempt.job
        note = f"{self._machines.label(lease.machine)}: {reason}"
        if fault:
            why = record_fault(self._farm, self._history, lease.machine, job.kind, lease.id, reason)
            logger.warning("%s on %s: %s", job.id[:8], lease.machine, why or reason)
        # From here on, nothing fails because of a full disk.
        del attempt.leases[lease.id]
        attempt.answers.pop(lease.id, None)
        self._link.forget(lease.id)
        if fault:
            self._places.note_failure(job.id, lease.machine, note)
        else:
            self._places.note_try(job.id, lease.machine, note)
        if attempt.leases:
            self._decide(attempt)
            return
        self._end(attempt, note)

    def _keep_here(self, attempt: Attempt, reason: str) -> None:
        self._places.keep_here(attempt.job.id, reason)
        self._end(attempt, reason)

    def _end_leases(self, attempt: Attempt, note: str) -> None:
        # If the disk is full, they end with the next attempt, or their answers come too late.
        with suppress(EngineError):
            self._farm.end_leases(attempt.job.id, note)

    def _end(self, attempt: Attempt, note: str) -> None:
        self._end_leases(attempt, note)
        self._ended.append(RemoteEnd(attempt.job, note))
        self._forget(attempt)

    def _forget(self, attempt: Attempt) -> None:
        for lease in attempt.machines:
            self._link.forget(lease)
            self._preparation.discard(lease)
        del self._attempts[attempt.job.id]

    def _help_late_jobs(self, now: float) -> None:
        """Have a job that takes much longer than it would elsewhere prepared for a second machine as well."""
        for attempt in self._attempts.values():
            if self._offers.needs_help(attempt, self._places.tried(attempt.job.id), now):
                attempt.helped = True
                self._preparation.prepare(attempt.job, attempt.results)

    def _identity(self) -> Identity | None:
        return self._preparation.identity

    def _running(self) -> dict[str, list[Job]]:
        running: defaultdict[str, list[Job]] = defaultdict(list)
        for attempt in self._attempts.values():
            for name in attempt.busy:
                running[name].append(attempt.job)
        return running


def _is_done(lease: FarmLease) -> bool:
    return lease.state == "answered" and (lease.answer or {}).get("status") == "done"
