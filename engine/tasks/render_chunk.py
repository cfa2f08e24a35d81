"""The job `render-chunk` renders and encodes a part of the picture of a take's delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from engine.deliver import with_speed
from engine.jobs import JobContext, RemoteInput, RemoteWork
from engine.tasks.chunk_jobs import CHUNK_NEEDS, PartFields, job_label, part_is_current, part_outputs, run_part
from engine.tasks.context import TaskContext
from engine.tasks.deliver import DeliverParameters, recorded_order
from engine.tasks.remote_inputs import (
    product_inputs,
    refuse_outside_files,
    result_inputs,
    take_inputs,
    without_duplicates,
)
from engine.tasks.task import Task


class RenderChunkParameters(PartFields, DeliverParameters):
    """A part of the picture of a delivery; what does not change its pictures is empty."""


def _run(context: TaskContext, parameters: RenderChunkParameters, job: JobContext) -> dict[str, Any]:
    with ExitStack() as stack:
        subject = context.subjects.of_job(parameters)
        recorded = recorded_order(context, parameters, subject, job.results, stack)
        home = context.paths.artifact_folder(parameters.take)
        return run_part(context, parameters, with_speed(recorded, parameters.speed), home, job)


def _remote(context: TaskContext) -> RemoteWork[RenderChunkParameters]:
    def inputs(parameters: RenderChunkParameters, results: Mapping[str, Mapping[str, Any]]) -> Iterator[RemoteInput]:
        refuse_outside_files(parameters)
        yield from without_duplicates(
            (
                *take_inputs(context, parameters),
                *product_inputs(context, parameters, parameters.sources),
                *result_inputs(context, needed_results(parameters, results)),
            )
        )

    return RemoteWork(
        inputs,
        part_outputs,
        lambda parameters: [parameters.take] if parameters.take else [],
        identity=lambda parameters: parameters.software,
        exact=True,
    )


def needed_results(parameters: PartFields, results: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """The results whose files a part reads: of the first passes, only its own."""
    for job_id, result in results.items():
        if job_id not in parameters.first_passes or result["first"] == parameters.first:
            yield result


TASK = Task(
    name="render-chunk",
    version=1,
    parameters=RenderChunkParameters,
    run=_run,
    title=job_label,
    is_current=part_is_current,
    needs=CHUNK_NEEDS,
    # A delivery that reads files outside the studio has no parts.
    reads=lambda context, parameters: (),
    remote=_remote,
)
