"""Job kinds with typed parameters, job requests, and the context of a running job."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, Literal, Protocol, TypeVar

import xxhash
from pydantic import BaseModel

from engine.catalog import Job, JobState
from engine.errors import EngineError, GateChoice, GateError

P = TypeVar("P", bound=BaseModel)

GIB = 1 << 30


class ProgressSink(Protocol):
    """Receives progress and requests cancellation, within a job or without one."""

    def progress(self, done: int, total: int, unit: str = "", message: str = "") -> None:
        """Reports progress. Cheap enough to call for every frame."""

    def cancelled(self) -> bool:
        """Whether the work should stop at the next safe point."""


class JobContext(ProgressSink, Protocol):
    """The interface of a running job to the job system."""

    @property
    def folder(self) -> Path:
        """The job's folder. Files in it are kept for the next attempt."""

    @property
    def results(self) -> Mapping[str, Mapping[str, Any]]:
        """The results of the job's dependencies, by job id."""


@dataclass(frozen=True, slots=True)
class ResourceNeeds:
    """The resources of a running job: cores, memory in bytes (also its limit), the GPU, the network.

    `cpu_seconds` is the limit of processor time; None: the job is a service, which runs until it is cancelled.
    """

    cpu: int = 1
    memory: int = GIB
    gpu: bool = False
    network: bool = False
    cpu_seconds: int | None = 24 * 3600


@dataclass(frozen=True, slots=True)
class Workload:
    """The media that a job works on, in seconds, and the class of jobs that take as long for each second of it."""

    seconds: float | None = None
    speed_class: str = ""


@dataclass(frozen=True, slots=True)
class RemoteInput:
    """A file that a job reads, absolute. On another machine it is at `place` in the studio folder there.

    `content` is what it shows; a policy decides which machine may have it.
    """

    path: Path
    place: Path
    content: Literal["originals", "proxies", "intermediates"]


@dataclass(frozen=True, slots=True)
class RemoteWork(Generic[P]):
    """How a job runs on another machine. The job reads these inputs and takes, and nothing else of the studio.

    `inputs` gets the results of the dependencies too; it raises EngineError, with the reason, if these parameters need
    this machine. `takes` are ids; the rows of the catalog go with the job. `outputs` are the files of a result,
    relative to the studio. `accept` is called once they are in the studio, for what the job would have changed there.
    `identity` is the digest of the software that may make the result (`Identity.satisfies`); None: any. `exact`:
    machines with equal software and device make the same bytes, so that two can be compared.
    """

    inputs: Callable[[P, Mapping[str, Mapping[str, Any]]], Iterable[RemoteInput]]
    outputs: Callable[[P, Mapping[str, Any]], Iterable[Path]]
    takes: Callable[[P], Iterable[str]] = lambda parameters: ()
    accept: Callable[[P, Mapping[str, Any]], None] = lambda parameters, result: None
    identity: Callable[[P], str | None] = lambda parameters: None
    exact: bool = False


@dataclass(frozen=True, slots=True)
class JobKind(Generic[P]):
    """A kind of job.

    The parameters contain everything the result depends on, including digests of inputs or the ids of the jobs that
    create them, so that they identify the result. Increment `version` if the same parameters give another result.
    `is_current`: whether an earlier result is still valid and its files exist. `mutex`: the name of a resource that
    only one job at a time may use. `writes`: folders outside the studio that the user chose for output. `reads`: files
    and folders outside the studio that the job reads, such as originals that stay in place; the sandbox refuses all
    others. `successors`: the jobs to queue when this one is done. `workload`: the amount of work, from which the time
    left is estimated. `remote`: how it runs on another machine; None: only on this one.
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
    reads: Callable[[P], Iterable[Path]] = lambda parameters: ()
    successors: Callable[[P, Mapping[str, Any]], Sequence[JobRequest]] = lambda parameters, result: ()
    workload: Callable[[P], Workload] = lambda parameters: Workload()
    remote: RemoteWork[P] | None = None

    def content_id(self, parameters: P) -> str:
        """The job id for these parameters, as `content_id`."""
        return content_id(self.name, self.version, parameters)


def content_id(kind: str, version: int, parameters: BaseModel) -> str:
    """A job's id: 16 hex digits of the XXH3-128 hash of its kind, the kind's version and its parameters."""
    question = json.dumps([kind, version, parameters.model_dump(mode="json")], sort_keys=True, ensure_ascii=False)
    return xxhash.xxh3_128_hexdigest(question.encode())[:16]


@dataclass(frozen=True, slots=True)
class JobRequest:
    """One job of a graph. `after`: its dependencies; `blocked_by`: the error that blocks it until the user answers."""

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
        """The job to queue."""
        needs, work = self.kind.needs, self.kind.workload(self.parameters)
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
            cpu_limit=needs.cpu_seconds or 0,
            gpu=needs.gpu,
            network=needs.network,
            mutex=self.kind.mutex(self.parameters),
            workload=work.seconds,
            speed_class=work.speed_class,
            attempts=attempts,
            created_at=datetime.now(UTC),
        )


def dependencies_first(steps: Iterable[JobRequest]) -> list[JobRequest]:
    """The steps and all their dependencies, without duplicates, each after its dependencies."""
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
    """An error as stored with a job, including the choices of a gate."""
    fields: dict[str, Any] = {"message": error.message, "hint": error.hint, "class": type(error).__name__}
    if isinstance(error, GateError) and error.choices:
        fields["choices"] = [asdict(choice) for choice in error.choices]
    return fields


def gate_choices(job: Job) -> tuple[GateChoice, ...]:
    """The choices of a blocked job's gate; empty if it names none or the job is not blocked."""
    if job.state is not JobState.BLOCKED or not job.error:
        return ()
    return tuple(GateChoice(**choice) for choice in job.error.get("choices", ()))
