"""The definition of a job kind, before it is bound to a studio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar

from engine.errors import EngineError
from engine.jobs import JobContext, JobKind, JobRequest, RemoteWork, ResourceNeeds, content_id
from engine.tasks.context import TaskContext
from engine.tasks.named_paths import named_paths
from engine.tasks.parameters import Parameters
from engine.tasks.workload import workload_of

P = TypeVar("P", bound=Parameters)

# No job may read all files, not even one whose footage is in the root folder.
_ROOT = Path("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Task(Generic[P]):
    """A job kind. Each module of this package that defines a kind names it `TASK`, and the registry finds it.

    `parameters` contain everything that the result depends on, including digests of inputs or the ids of the jobs that
    create them. Increment `version` if the same parameters give another result. `run` returns a JSON object;
    `is_current`: whether such a result is still valid and its files exist. `mutex`: the name of a resource that only
    one job at a time may use. `writes`: folders outside the studio that the job may write to. `reads`: files and
    folders outside the studio that it may read; by default those that its parameters name. `successors`: the jobs to
    queue when this one is done. `remote`: how it runs on another machine, for a studio; None: only on this one.
    """

    name: str
    version: int
    parameters: type[P]
    run: Callable[[TaskContext, P, JobContext], dict[str, Any]]
    title: Callable[[P], str]
    is_current: Callable[[TaskContext, Mapping[str, Any]], bool]
    needs: ResourceNeeds = field(default_factory=ResourceNeeds)
    mutex: Callable[[P], str | None] = lambda parameters: None
    writes: Callable[[P], Iterable[Path]] = lambda parameters: ()
    reads: Callable[[TaskContext, P], Iterable[Path]] = named_paths
    successors: Callable[[TaskContext, P, Mapping[str, Any]], Sequence[JobRequest]] = lambda context, p, result: ()
    remote: Callable[[TaskContext], RemoteWork[P]] | None = None

    def bind(self, context: TaskContext) -> JobKind[P]:
        """The job kind of one studio."""
        return JobKind(
            self.name,
            self.version,
            self.parameters,
            partial(self.run, context),
            self.title,
            partial(self.is_current, context),
            needs=self.needs,
            mutex=self.mutex,
            writes=self.writes,
            reads=lambda parameters: [path for path in self.reads(context, parameters) if path != _ROOT],
            successors=partial(self.successors, context),
            workload=partial(workload_of, context, self.name),
            remote=self.remote(context) if self.remote else None,
        )

    def request(
        self,
        context: TaskContext,
        parameters: P,
        project_id: str | None,
        after: tuple[JobRequest, ...] = (),
        priority: int = 0,
        blocked_by: EngineError | None = None,
    ) -> JobRequest:
        """A job request. `after`: its dependencies; `blocked_by`: an error that blocks it until it is answered."""
        return JobRequest(self.bind(context), parameters, project_id, after, priority, blocked_by)

    def job_id(self, parameters: P) -> str:
        """The id of the job with these parameters."""
        return content_id(self.name, self.version, parameters)
