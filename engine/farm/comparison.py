"""Compares the bytes that two machines have made of one job, and finds the one that makes wrong bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.catalog import Farm, Job, JobState
from engine.farm.attempt import Attempt, outputs_of
from engine.farm.faults import WRONG_BYTES, record_fault
from engine.farm.history import SAME_BYTES, MachineHistory
from engine.farm.preparation import Digested, Preparation
from engine.farm.work_order import WorkAnswer


@dataclass(slots=True)
class _Pending:
    """Answers that wait until this machine has done the same job, by lease, with their machines."""

    job: Job
    answers: dict[str, WorkAnswer]
    machines: dict[str, str]
    asked: bool = field(default=False)


class Comparisons:
    """Answers to one job from several machines. Equal ones prove their machines; for others, this machine decides."""

    def __init__(self, farm: Farm, history: MachineHistory) -> None:
        self._farm = farm
        self._history = history
        self._pending: dict[str, _Pending] = {}

    def agree(self, attempt: Attempt) -> bool:
        """Return whether all answers are equal, and note it. If not, the next run on this machine decides."""
        if len({outputs_of(answer) for answer in attempt.answers.values()}) > 1:
            self.expect(attempt)
            return False
        for lease, answer in attempt.answers.items():
            others = sorted(attempt.machines[other] for other in attempt.answers if other != lease)
            self._prove(attempt.job, lease, attempt.machines[lease], answer, ", ".join(others))
        return True

    def expect(self, attempt: Attempt) -> None:
        """Compare the answers of an attempt with this machine's outputs, when it has done the job too."""
        self._pending[attempt.job.id] = _Pending(attempt.job, dict(attempt.answers), dict(attempt.machines))

    def waiting(self) -> list[str]:
        """Return the ids of the jobs whose outputs on this machine are awaited."""
        return [job_id for job_id, one in self._pending.items() if not one.asked]

    def ask(self, job: Job, preparation: Preparation) -> None:
        """Take a job that has ended on this machine: its outputs are hashed, if it is done."""
        if job.state is JobState.DONE:
            self._pending[job.id].asked = True
            preparation.digest(job)
        else:
            del self._pending[job.id]

    def settle(self, here: Digested) -> None:
        """Compare with the outputs of this machine: each other machine is proved, or gets no work any more."""
        pending = self._pending.pop(here.job_id, None)
        if pending is None or here.digests is None:
            return
        job = pending.job
        for lease, answer in pending.answers.items():
            machine = pending.machines[lease]
            if not answer.files or outputs_of(answer) == here.digests:
                self._prove(job, lease, machine, answer, "this machine")
            else:
                reason = f"{WRONG_BYTES}: “{job.title}” is not what this machine made of it"
                record_fault(self._farm, self._history, machine, job.kind, lease, reason)

    def _prove(self, job: Job, lease: str, machine: str, answer: WorkAnswer, other: str) -> None:
        self._farm.note_lease(lease, f"{SAME_BYTES} as {other}")
        self._history.note_proof(machine, job.kind, answer.identity)
