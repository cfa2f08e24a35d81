"""The jobs of a studio that run on other machines."""

from __future__ import annotations

import logging
import queue
import secrets
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from engine.catalog import Catalog, FarmLease, Job
from engine.farm.attempt import Attempt, Lease, is_late
from engine.farm.comparison import Comparisons
from engine.farm.farm_policy import FarmPolicy
from engine.farm.faults import record_fault
from engine.farm.history import History
from engine.farm.lease_access import MaySend
from engine.farm.machines import Machines, whole_digest
from engine.farm.placement import Candidate, choose, is_much_slower
from engine.farm.preparation import Digested, Done, Preparation, Prepared, TakenIn, Unprepared
from engine.farm.scheduler_link import SchedulerLink
from engine.farm.software import Identity, software_identity
from engine.farm.work_order import WorkAnswer
from engine.jobs.remote import Placement, RemoteEnd, RemoteJob

# An offered lease that no machine has claimed after this time goes to another one.
_CLAIM_S = 30.0
# After a start, and after the sleep of this machine, the others need time to report.
_GRACE_S = 30.0
_SLEPT_S = 10.0
_LOOK_S = 0.5
_TRIES = 2
# One of so many jobs of a proved machine is run on another machine too.
_SPOT_CHECKS = 20
_KEPT = timedelta(days=30)
_COMPARED = "compared with"

logger = logging.getLogger("engine.farm")


def farm_pool(studio: Path, job_kinds: str, catalog: Catalog) -> FarmPool:
    """Return the pool of a studio process, which names this function "engine.farm.pool:farm_pool"."""
    return FarmPool(studio, job_kinds, catalog, FarmPolicy(studio).may_send, software_identity)


class FarmPool:
    """Gives jobs to the machines that have joined while the service `farm-host` runs, and takes their answers.

    It starts the Dask scheduler, in a sandbox, at the address and port of `catalog.farm.listener()`, with the files of
    `scheduler_credentials(studio)`, and starts it again when these files change. Its state is in the catalog's leases:
    the next studio process goes on with them.

    `may_send` returns the rule that keeps a content of a project from a machine. `identity` is that of this machine's
    software, None if it is unknown. One of `spot_checks` jobs of a proved machine is compared, besides the first ones.
    """

    def __init__(
        self,
        studio: Path,
        job_kinds: str,
        catalog: Catalog,
        may_send: MaySend = lambda machine, project_id, content: None,
        identity: Callable[[], Identity | None] = lambda: None,
        spot_checks: int = _SPOT_CHECKS,
    ) -> None:
        self._catalog, self._farm, self._queue = catalog, catalog.farm, catalog.queue
        self._spot_checks = spot_checks
        self._wake: Callable[[], None] = lambda: None
        self._news: queue.SimpleQueue[Done] = queue.SimpleQueue()
        self._hinted: set[str] = set()
        self._preparation = Preparation(studio, job_kinds, self._on_prepared)
        self._link = SchedulerLink(studio, self._on_hint)
        self._history = History(self._farm)
        self._comparisons = Comparisons(self._farm, self._history)
        self._machines = Machines(self._farm, self._history, may_send, identity, self._running)
        self._attempts: dict[str, Attempt] = {}
        self._ended: list[RemoteEnd] = []
        self._here: dict[str, str] = {}
        self._tried: defaultdict[str, set[str]] = defaultdict(set)
        self._listening = False
        self._version = -1
        self._polled_at = self._looked_at = 0.0
        self._trusted_from = time.monotonic() + _GRACE_S
        self._farm.forget_leases(datetime.now(UTC) - _KEPT)

    # The studio process's side

    @property
    def running(self) -> Iterable[RemoteJob]:
        """The jobs on other machines."""
        return [one.remote for one in self._attempts.values()]

    def attach(self, wake: Callable[[], None]) -> None:
        """Set what wakes the studio process."""
        self._wake = wake

    def place(self, ready: Sequence[Job], fitting: AbstractSet[str]) -> Mapping[str, Placement]:
        """Return where each ready job may start: on the fastest machine that is free, else here, with the reason."""
        if not self._listening:
            return {job.id: Placement() for job in ready}
        remote = self._preparation.remote_kinds
        candidates = self._machines.candidates()
        placed: dict[str, Placement] = {}
        for job in ready:
            if job.is_service or job.network or job.mutex or (remote is not None and job.kind not in remote):
                placed[job.id] = Placement()
            elif remote is not None:
                placed[job.id] = self._placement(job, candidates, job.id in fitting)
            # Else it waits a second, until the job kinds are loaded: it may have to run elsewhere.
        return placed

    def _placement(self, job: Job, candidates: dict[str, Candidate], fits: bool) -> Placement:
        if reason := self._here.get(job.id):
            return Placement(note=f"here: {reason}")
        if not self._link.ready:
            return Placement(note="here: the farm is starting")
        tried = self._tried.get(job.id, ())
        untried = [one for name, one in candidates.items() if name not in tried]
        chosen, why = choose(untried, job, datetime.now(UTC))
        if tried and not untried:
            why = "the other machines have failed or not answered"
        if chosen is None:
            return Placement(note=f"here: {why}")
        if fits and is_much_slower(chosen, job, self._catalog.speeds.of(job)):
            return Placement(note=f"here: {chosen.machine.label} is much slower at {job.kind}")
        name = chosen.machine.name
        candidates[name] = replace(chosen, running=[*chosen.running, job])
        return Placement(name, f"for {chosen.machine.label}")

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
                attempt.leases[one.id] = Lease(one.id, one.machine, "offered", time.monotonic())
                attempt.machines[one.id] = one.machine
            else:
                self._farm.end_lease(one.id, "the studio process was started again")
        attempt.compared = any(one.note.startswith(_COMPARED) for one in known)
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
            self._trusted_from = max(self._trusted_from, now + _GRACE_S)
        self._polled_at = now
        version = self._catalog.version()
        changed, due = version != self._version, now - self._looked_at > _LOOK_S
        self._version = version
        if due or changed:
            self._follow_listener()
        while not self._news.empty():
            self._take(self._news.get())
        if changed or due or self._hinted:
            self._look(now)
        if due:
            self._looked_at = now
            self._help_late_jobs(now)
            self._settle_local_jobs()

    def _settle_local_jobs(self) -> None:
        for job_id in self._comparisons.waiting():
            if (job := self._queue.job(job_id)) and not job.state.open:
                self._comparisons.ask(job, self._preparation)
        for job_id in {*self._here, *self._tried}:
            if not (job := self._queue.job(job_id)) or not job.state.open:
                self._here.pop(job_id, None)
                self._tried.pop(job_id, None)

    def _follow_listener(self) -> None:
        listener = self._farm.listener()
        if listener and not self._listening:
            self._history.refresh()
            self._preparation.load()
        self._listening = listener is not None
        if self._link.follow(listener):
            # A scheduler that starts knows no lease.
            for attempt in self._attempts.values():
                for lease in attempt.leases.values():
                    if lease.state == "offered":
                        lease.offered_at = time.monotonic()
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
                self._help(attempt, done)
            case Prepared():
                self._offer(attempt, done)
            case TakenIn():
                self._taken_in(attempt, done)

    def _offer(self, attempt: Attempt, prepared: Prepared) -> None:
        able = self._able(attempt, prepared)
        chosen, why = able.get(attempt.machine), ""
        if chosen is None:
            # `place` did not know yet what the job needs.
            chosen, why = choose(able.values(), attempt.job, datetime.now(UTC))
        if chosen is None:
            self._keep_here(attempt, self._reason(attempt, prepared) if not able else why)
            return
        attempt.machine = chosen.machine.name
        self._offer_to(attempt, prepared, chosen, "")
        if not prepared.exact or not self._is_to_be_compared(chosen, attempt.job.kind):
            return
        equal = [one for one in able.values() if one is not chosen and _are_equal(one, chosen)]
        other, _ = choose(equal, attempt.job, datetime.now(UTC))
        if other is not None:
            attempt.compared = True
            self._offer_to(attempt, prepared, other, f"{_COMPARED} {chosen.machine.label}")
        else:
            attempt.here_too = self._machines.is_equal_here(chosen)

    def _able(self, attempt: Attempt, prepared: Prepared) -> dict[str, Candidate]:
        """Return the machines that have the software that a job needs, and may have its inputs."""
        wanted = prepared.order.identity
        return {
            name: one
            for name, one in self._machines.candidates().items()
            if (wanted is None or one.facts.identity.satisfies(wanted))
            and not self._machines.refusal(one.machine, attempt.job.project_id, prepared.contents)
        }

    def _reason(self, attempt: Attempt, prepared: Prepared) -> str:
        machine = self._farm.machine(attempt.machine)
        if machine is None:
            return "the machine has left"
        rule = self._machines.refusal(machine, attempt.job.project_id, prepared.contents)
        return rule or f"{machine.label} has other software or devices"

    def _offer_to(self, attempt: Attempt, prepared: Prepared, to: Candidate, note: str) -> None:
        job, machine = attempt.job, to.machine.name
        task = prepared.order.model_dump(mode="json")
        lease = self._farm.offer(job.id, job.attempts, task, beside=bool(attempt.leases), note=note)
        attempt.leases[lease.id] = Lease(lease.id, machine, "offered", time.monotonic())
        attempt.machines[lease.id] = machine
        self._link.submit(lease.id, machine)

    def _is_to_be_compared(self, one: Candidate, kind: str) -> bool:
        if not self._history.is_proved(one.machine.name, kind, whole_digest(one.facts.identity)):
            return True
        # A machine cannot know which of its jobs are compared.
        return secrets.randbelow(self._spot_checks) == 0

    # Leases

    def _look(self, now: float) -> None:
        self._hinted.clear()
        by_lease = {lease: attempt for attempt in self._attempts.values() for lease in attempt.leases}
        if not by_lease:
            return
        for row in self._farm.watch(list(by_lease)):
            attempt = by_lease[row.id]
            # An earlier row may have ended the attempt.
            if row.id in attempt.leases and self._attempts.get(attempt.job.id) is attempt:
                self._look_at(attempt, attempt.leases[row.id], row, now)

    def _look_at(self, attempt: Attempt, lease: Lease, row: FarmLease, now: float) -> None:
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
            self._note_progress(attempt, row)
            if row.deadline and row.deadline < datetime.now(UTC) and now > self._trusted_from:
                self._farm.end_lease(row.id, "the machine was silent")
                self._lose(attempt, lease, "it was silent past its deadline", fault=True)
        elif row.state == "offered":
            if now - lease.offered_at > _CLAIM_S and now > self._trusted_from:
                self._farm.end_lease(row.id, "no machine claimed it")
                self._lose(attempt, lease, "it did not take the job", fault=False)
        elif row.state == "ended":
            self._lose(attempt, lease, row.note, fault=False)
        elif attempt.taking_in != row.id and row.id not in attempt.answers:
            lease.state = "answered"
            self._answered(attempt, lease, row)

    @staticmethod
    def _note_progress(attempt: Attempt, row: FarmLease) -> None:
        remote, before = attempt.remote, attempt.remote.progress
        if row.total and (before is None or before[:2] != (row.done, row.total)):
            remote.progress = (row.done, row.total, row.unit, row.message)
            if remote.first_progress is None or (before and before[1:3] != (row.total, row.unit)):
                remote.first_progress = (time.monotonic(), row.done)

    def _answered(self, attempt: Attempt, lease: Lease, row: FarmLease) -> None:
        self._link.forget(row.id)
        try:
            answer = WorkAnswer.model_validate(row.answer)
        except ValueError:
            self._lose(attempt, lease, "its answer cannot be read", fault=True)
            return
        if answer.status == "stopped":
            self._lose(attempt, lease, (answer.error or {}).get("message", "taken back by its owner"), fault=False)
        elif answer.status != "done":
            self._lose(attempt, lease, (answer.error or {}).get("message", "the job failed"), fault=True)
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
        self._farm.end_leases(attempt.job.id, "another machine was faster")
        self._preparation.take_in(attempt.job, lease, answer)

    def _taken_in(self, attempt: Attempt, done: TakenIn) -> None:
        attempt.taking_in = None
        if done.result is not None:
            label = self._machines.label(attempt.machines[done.lease])
            self._history.refresh()
            self._forget(attempt)
            self._ended.append(RemoteEnd(attempt.job, f"on {label}", done.result))
            return
        del attempt.answers[done.lease]
        self._lose(attempt, attempt.leases[done.lease], done.reason, fault=True)
        self._decide(attempt)

    def _lose(self, attempt: Attempt, lease: Lease, reason: str, *, fault: bool) -> None:
        """A lease is over without a result. When it was the last one, the job is queued again."""
        del attempt.leases[lease.id]
        self._link.forget(lease.id)
        job = attempt.job
        if fault or lease.state == "offered":
            self._tried[job.id].add(lease.machine)
        if fault:
            why = record_fault(self._farm, self._history, lease.machine, job.kind, lease.id, reason)
            logger.warning("%s on %s: %s", job.id[:8], lease.machine, why or reason)
        if attempt.leases:
            self._decide(attempt)
            return
        note = f"{self._machines.label(lease.machine)}: {reason}"
        if fault and len(self._tried[job.id]) >= _TRIES:
            self._here[job.id] = f"{_TRIES} machines failed, the last one: {note}"
        self._end(attempt, note)

    def _keep_here(self, attempt: Attempt, reason: str) -> None:
        self._here[attempt.job.id] = reason
        self._end(attempt, reason)

    def _end(self, attempt: Attempt, note: str) -> None:
        self._farm.end_leases(attempt.job.id, note)
        for lease in attempt.leases:
            self._link.forget(lease)
        del self._attempts[attempt.job.id]
        self._ended.append(RemoteEnd(attempt.job, note))

    def _forget(self, attempt: Attempt) -> None:
        job_id = attempt.job.id
        del self._attempts[job_id]
        self._here.pop(job_id, None)
        self._tried.pop(job_id, None)

    # Late jobs

    def _help_late_jobs(self, now: float) -> None:
        """Give a job that takes much longer than it would elsewhere to a second machine as well."""
        for attempt in self._attempts.values():
            if attempt.is_helpable and self._is_late(attempt, now):
                attempt.helped = True
                self._preparation.prepare(attempt.job, attempt.results)

    def _is_late(self, attempt: Attempt, now: float) -> bool:
        (lease,) = attempt.leases.values()
        other, amount = self._helper(attempt), attempt.job.workload
        speed = other.speeds.get(attempt.job.kind) if other else None
        if lease.claimed_at is None or not amount or not speed:
            return False
        done, total = (attempt.remote.progress or (0, 1))[:2]
        return is_late(now - lease.claimed_at, done / total, amount / speed)

    def _helper(self, attempt: Attempt) -> Candidate | None:
        """Return a free machine that has not tried this job."""
        known = {*attempt.machines.values(), *self._tried.get(attempt.job.id, ())}
        others = [one for name, one in self._machines.candidates().items() if name not in known]
        return choose(others, attempt.job, datetime.now(UTC))[0]

    def _help(self, attempt: Attempt, prepared: Prepared) -> None:
        other = self._helper(attempt)
        if other and other.machine.name in self._able(attempt, prepared):
            self._offer_to(attempt, prepared, other, f"beside {self._machines.label(attempt.machine)}, which is late")

    # Machines

    def _running(self) -> dict[str, list[Job]]:
        running: defaultdict[str, list[Job]] = defaultdict(list)
        for attempt in self._attempts.values():
            for name in {attempt.machine, *(lease.machine for lease in attempt.leases.values())}:
                running[name].append(attempt.job)
        return running


def _is_done(lease: FarmLease) -> bool:
    return lease.state == "answered" and (lease.answer or {}).get("status") == "done"


def _are_equal(one: Candidate, other: Candidate) -> bool:
    return whole_digest(one.facts.identity) == whole_digest(other.facts.identity)
