"""Chooses the machine on which a job runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from engine.catalog import FarmMachine, Job
from engine.farm.attempt import said
from engine.farm.machine_facts import MachineFacts
from engine.jobs import Scheduler

# A machine that is so many times slower than this one does not get a job that could start here.
_MUCH_SLOWER = 3.0
_MAX_LEASES = 16


@dataclass(frozen=True, slots=True)
class Candidate:
    """A machine with the kinds that it must not run any more, with the reasons, and the jobs that it runs.

    `speeds` are amounts of work for each second, by kind, as this studio measured them. `silent`: it does not report.
    """

    machine: FarmMachine
    facts: MachineFacts
    barred: Mapping[str, str]
    running: Sequence[Job]
    speeds: Mapping[str, float]
    silent: bool = False


def refusal(candidate: Candidate, job: Job) -> str:
    """Return why a machine cannot run a job, apart from what it runs now; "" if it can."""
    machine, facts = candidate.machine, candidate.facts
    if machine.state != "active":
        return f"{machine.label} is {machine.state}"
    if candidate.silent:
        return f"{machine.label} is silent"
    if facts.state == "paused":
        return f"{machine.label} is paused: {said(facts.paused)}" if facts.paused else f"{machine.label} is paused"
    if job.kind not in facts.kinds:
        return f"{machine.label} cannot do {job.kind}"
    if reason := candidate.barred.get(job.kind):
        return f"{machine.label} gets no {job.kind} any more: {reason}"
    if job.gpu and not facts.gpu:
        return f"{machine.label} has no graphics device to offer"
    if job.memory > facts.memory:
        return f"{machine.label} has too little memory"
    return ""


def is_free(candidate: Candidate, job: Job) -> bool:
    """Return whether a job fits beside those that a machine runs."""
    facts = candidate.facts
    resources = Scheduler(facts.cores, facts.memory, gpu=1 if facts.gpu else 0)
    return len(candidate.running) < _MAX_LEASES and bool(resources.select([job], candidate.running))


def choose(candidates: Iterable[Candidate], job: Job) -> tuple[Candidate | None, str]:
    """Return the fastest machine that may run a job and is free; or None, and why there is none."""
    refusals: list[str] = []
    free: list[Candidate] = []
    for one in candidates:
        if reason := refusal(one, job):
            refusals.append(reason)
        elif not is_free(one, job):
            refusals.append(f"{one.machine.label} is busy")
        else:
            free.append(one)
    if not free:
        return None, "; ".join(refusals) or "no machine has joined"
    known = [one.speeds[job.kind] for one in free if job.kind in one.speeds]
    # A machine without a measurement is tried as if it were an average one.
    usual = sum(known) / len(known) if known else 0.0
    return max(free, key=lambda one: (one.speeds.get(job.kind, usual), -len(one.running), one.machine.name)), ""


def is_much_slower(candidate: Candidate, job: Job, here: float | None) -> bool:
    """Return whether a job is done sooner on this machine, whose measured speed is `here`."""
    there = candidate.speeds.get(job.kind)
    return here is not None and there is not None and there * _MUCH_SLOWER < here
