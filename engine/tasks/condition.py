"""The job `condition` decodes a recording once, in the background, and records its damage."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.catalog import Condition, Damage
from engine.ingest import check_condition
from engine.jobs import GIB, JobContext, JobRequest, RemoteWork, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import IDLE, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import Subject

_LOWEST_PRIORITY = 19


class ConditionParameters(SubjectParameters):
    """The recording to decode."""


def condition_request(context: TaskContext, subject: Subject, priority: int = IDLE) -> JobRequest:
    """Requests the condition of a subject."""
    return TASK.request(
        context,
        ConditionParameters(**subject_parameters(subject, observations=True)),
        project_of(subject),
        priority=priority,
    )


def keep_condition(context: TaskContext, subject: Subject, digest: str, job: JobContext) -> Condition:
    """Decodes a subject and records its condition in the catalog."""
    damage = check_condition(
        subject.footage,
        lambda done, total: job.progress(done, total, "ms", subject.label),
        job.cancelled,
    )
    return context.catalog.conditions.record(digest, damage)


def _run(context: TaskContext, parameters: ConditionParameters, job: JobContext) -> dict[str, Any]:
    """{digest, damage}, which the catalog also stores. Runs with the lowest CPU priority."""
    os.nice(_LOWEST_PRIORITY)
    subject = context.subjects.of_job(parameters)
    condition = keep_condition(context, subject, parameters.source_digest, job)
    return {"digest": parameters.source_digest, "damage": [one.model_dump(mode="json") for one in condition.damage]}


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the catalog has the condition."""
    return context.catalog.conditions.of(str(result["digest"])).checked


def _remote(context: TaskContext) -> RemoteWork[ConditionParameters]:
    def accept(parameters: ConditionParameters, result: Mapping[str, Any]) -> None:
        damage = tuple(Damage.model_validate(one) for one in result["damage"])
        context.catalog.conditions.record(parameters.source_digest, damage)

    return replace(take_work(context), accept=accept)


TASK = Task(
    name="condition",
    version=1,
    parameters=ConditionParameters,
    run=_run,
    title=lambda p: f"check {p.label} for damage",
    is_current=_is_current,
    # A job without cores never delays another job.
    needs=ResourceNeeds(cpu=0, memory=2 * GIB),
    mutex=lambda p: "condition",
    remote=_remote,
)
