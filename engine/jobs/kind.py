"""What a job is made of: a kind with typed parameters, and the context it works in."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import xxhash
from pydantic import BaseModel

from engine.catalog import Job, JobState
from engine.errors import EngineError, GateChoice, GateError

P = TypeVar("P", bound=BaseModel)

GIB = 1 << 30


class ProgressSink(Protocol):
    """Who watches over work, in a job or out of one."""

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Says how far the work is; cheap to call for every frame."""

    def cancelled(self) -> bool:
        """Whether the work should stop at the next safe point."""


class JobContext(ProgressSink, Protocol):
    """What a running job may ask of its runner."""

    @property
    def folder(self) -> Path:
        """The job's own folder: what it leaves there is found by its next attempt."""

    @property
    def results(self) -> Mapping[str, Mapping[str, Any]]:
        """What the jobs that this one needs came to, by their ids."""


@dataclass(frozen=True, slots=True)
class ResourceNeeds:
    """What a job takes while it runs: cores, memory in bytes (its cap, too), the GPU, the network.

    `cpu_seconds` of processor time is where something is wrong with it.
    """

    cpu: int = 1
    memory: int = GIB
    gpu: bool = False
    network: bool = False
    cpu_seconds: int = 24 * 3600


@dataclass(frozen=True, slots=True)
class JobKind(Generic[P]):
    """A kind of work that a room offers.

    The parameters hold everything the outcome depends on (digests of inputs among them, or the ids
    of the jobs that make them), so that they address it. Raise `version` when the same parameters
    would come out differently. `is_current` says whether an earlier result still stands, its files in
    place; `mutex` names what only one job at a time may have; `writes` the places outside the studio
    that the director asked for; `successors` what is to be done once it is done.
    """

    name: str
    version: int
    parameters: type[P]
    run: Callable[[P, JobContext], dict[str, Any]]
    title: Callable[[P], str]
    is_current: Callable[[Mapping[str, Any]], bool]
    needs: ResourceNeeds = ResourceNeeds()
    mutex: Callable[[P], str | None] = lambda parameters: None
    writes: Callable[[P], Iterable[Path]] = lambda parameters: ()
    successors: Callable[[P, Mapping[str, Any]], Sequence[JobRequest]] = lambda parameters, result: ()

    def content_id(self, parameters: P) -> str:
        """The id of the job that does this: the same question always has the same one."""
        return content_id(self.name, self.version, parameters)


def content_id(kind: str, version: int, parameters: BaseModel) -> str:
    """A job's id: the hash of its kind, the kind's version and its parameters."""
    question = json.dumps([kind, version, parameters.model_dump(mode="json")], sort_keys=True, ensure_ascii=False)
    return xxhash.xxh3_128_hexdigest(question.encode())[:16]


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One job of a graph, after those it needs. `blocked_by` is what keeps it blocked until the director answers."""

    kind: JobKind[Any]
    parameters: BaseModel
    project_id: str | None = None
    after: tuple[JobRequest, ...] = ()
    priority: int = 0
    blocked_by: EngineError | None = None

    @property
    def id(self) -> str:
        """The job's id."""
        return self.kind.content_id(self.parameters)

    def as_job(self, attempts: int = 0) -> Job:
        """The row to queue."""
        needs = self.kind.needs
        return Job(
            id=self.id,
            project_id=self.project_id,
            kind=self.kind.name,
            title=self.kind.title(self.parameters),
            parameters=self.parameters.model_dump(mode="json"),
            state=JobState.BLOCKED if self.blocked_by else JobState.QUEUED,
            error=error_as_json(self.blocked_by) if self.blocked_by else None,
            needs=tuple(dict.fromkeys(step.id for step in self.after)),
            priority=self.priority,
            cpu=needs.cpu,
            memory=needs.memory,
            cpu_limit=needs.cpu_seconds,
            gpu=needs.gpu,
            network=needs.network,
            mutex=self.kind.mutex(self.parameters),
            attempts=attempts,
            created_at=datetime.now(UTC),
        )


def dependencies_first(steps: Iterable[JobRequest]) -> list[JobRequest]:
    """Steps and all that they need, each once and after what it needs."""
    ordered: dict[str, JobRequest] = {}
    waiting = [(step, step.id) for step in reversed(list(steps))]
    while waiting:
        step, step_id = waiting[-1]
        missing = [(one, one_id) for one in step.after if (one_id := one.id) not in ordered]
        if missing and step_id not in ordered:
            waiting.extend(missing)
        else:
            ordered.setdefault(step_id, step)
            waiting.pop()
    return list(ordered.values())


def error_as_json(error: EngineError) -> dict[str, Any]:
    """An error as a job's row keeps it; of a gate the answers too, where it names them."""
    fields: dict[str, Any] = {"message": error.message, "hint": error.hint, "class": type(error).__name__}
    if isinstance(error, GateError) and error.choices:
        fields["choices"] = [asdict(choice) for choice in error.choices]
    return fields


def gate_choices(job: Job) -> tuple[GateChoice, ...]:
    """The answers that a blocked job accepts; empty where its gate names none."""
    if job.state is not JobState.BLOCKED or not job.error:
        return ()
    return tuple(GateChoice(**choice) for choice in job.error.get("choices", ()))
