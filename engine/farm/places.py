"""Where each job may start: on another machine, or here with the reason. Nothing runs here silently."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace

from engine.catalog import Catalog, Job
from engine.farm.placement import Candidate, choose, is_much_slower
from engine.jobs.remote import JobPlace

_TRIES = 2


class Places:
    """The places of jobs that are ready, and what was found out about each until it has ended."""

    def __init__(self, catalog: Catalog, candidates: Callable[[], dict[str, Candidate]]) -> None:
        self._catalog = catalog
        self._candidates = candidates
        self._here: dict[str, str] = {}
        self._tried: defaultdict[str, dict[str, str]] = defaultdict(dict)

    def place(
        self, ready: Sequence[Job], fitting: AbstractSet[str], remote: AbstractSet[str] | None, starting: bool
    ) -> Mapping[str, JobPlace]:
        """Return where each job may start. `remote` are the kinds that may run elsewhere, None while unknown.

        `fitting` are the ids of the jobs that fit on this machine now; `starting`: no machine can be reached yet.
        """
        candidates = self._candidates()
        placed: dict[str, JobPlace] = {}
        for job in ready:
            if job.is_service or job.network or job.mutex or (remote is not None and job.kind not in remote):
                placed[job.id] = JobPlace()
            elif remote is not None:
                placed[job.id] = (
                    JobPlace(note="here: the farm is starting")
                    if starting
                    else self._placement(job, candidates, job.id in fitting)
                )
            # Else it waits a second, until the job kinds are loaded: it may have to run elsewhere.
        return placed

    def _placement(self, job: Job, candidates: dict[str, Candidate], fits: bool) -> JobPlace:
        if reason := self._here.get(job.id):
            return JobPlace(note=f"here: {reason}")
        tried = self.tried(job.id)
        untried = [one for name, one in candidates.items() if name not in tried]
        chosen, why = choose(untried, job)
        if chosen is None:
            return JobPlace(note=f"here: {why if untried or not tried else list(tried.values())[-1]}")
        if fits and is_much_slower(chosen, job, self._catalog.speeds.of(job)):
            return JobPlace(note=f"here: {chosen.machine.label} is much slower at {job.kind}")
        # It takes room from the next ones.
        candidates[chosen.machine.name] = replace(chosen, running=[*chosen.running, job])
        return JobPlace(chosen.machine.name, f"for {chosen.machine.label}")

    def keep_here(self, job_id: str, reason: str) -> None:
        """Have a job run on this machine from now on."""
        self._here[job_id] = reason

    def note_try(self, job_id: str, machine: str, note: str) -> None:
        """Note why a machine should not get a job again."""
        self._tried[job_id].pop(machine, None)
        self._tried[job_id][machine] = note

    def note_failure(self, job_id: str, machine: str, note: str) -> None:
        """Note that a job failed on a machine. After two machines, it runs here."""
        self.note_try(job_id, machine, note)
        if len(self._tried[job_id]) >= _TRIES:
            self.keep_here(job_id, f"{_TRIES} machines failed, the last one: {note}")

    def tried(self, job_id: str) -> Mapping[str, str]:
        """Return the machines that should not get a job again, with the reasons, the last one last."""
        return self._tried.get(job_id, {})

    def forget_ended(self) -> Iterator[Job]:
        """Forget the jobs that have ended, and return them."""
        for job_id in {*self._here, *self._tried}:
            job = self._catalog.queue.job(job_id)
            if job is None or not job.state.open:
                self._here.pop(job_id, None)
                self._tried.pop(job_id, None)
                if job:
                    yield job
