"""The job `cut-render-chunk` renders and encodes a part of the picture of a cut's film."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import Any

from engine.jobs import JobContext, RemoteInput, RemoteWork
from engine.tasks.chunk_jobs import (
    CHUNK_NEEDS,
    PartFields,
    job_label,
    part_is_current,
    part_outputs,
    refuse_copied_part,
    run_part,
)
from engine.tasks.context import TaskContext
from engine.tasks.cut_deliver import CutDeliverParameters, film_order
from engine.tasks.cut_parameters import cut_request, rendition_path
from engine.tasks.remote_inputs import (
    product_inputs,
    refuse_outside_files,
    result_inputs,
    take_inputs,
    without_duplicates,
)
from engine.tasks.render_chunk import needed_results
from engine.tasks.task import Task


class CutRenderChunkParameters(PartFields, CutDeliverParameters):
    """A part of the picture of a film; what does not change its pictures is empty. `seconds` is its length."""


def _run(context: TaskContext, parameters: CutRenderChunkParameters, job: JobContext) -> dict[str, Any]:
    with ExitStack() as stack:
        recorded = cut_request(context, parameters, parameters.recipe)
        order = film_order(context, parameters, recorded, job.results, stack)
        return run_part(context, parameters, order, context.paths.project_folder(parameters.project) / "work", job)


def _remote(context: TaskContext) -> RemoteWork[CutRenderChunkParameters]:
    def inputs(parameters: CutRenderChunkParameters, results: Mapping[str, Mapping[str, Any]]) -> Iterator[RemoteInput]:
        refuse_outside_files(parameters)
        refuse_copied_part(parameters, results)
        path = rendition_path(context, parameters)
        refuse_outside_files(json.loads(path.read_bytes()))
        found = [RemoteInput(path, context.paths.relative(path), "intermediates")]
        for one in parameters.cut_takes:
            found += take_inputs(context, one)
            found += product_inputs(context, one, parameters.sources.get(one.take or "", ()))
        yield from without_duplicates((*found, *result_inputs(context, needed_results(parameters, results))))

    return RemoteWork(
        inputs,
        part_outputs,
        lambda parameters: [one.take for one in parameters.cut_takes if one.take],
        identity=lambda parameters: parameters.software,
        exact=True,
    )


TASK = Task(
    name="cut-render-chunk",
    version=2,
    parameters=CutRenderChunkParameters,
    run=_run,
    title=job_label,
    is_current=part_is_current,
    needs=CHUNK_NEEDS,
    reads=lambda context, parameters: (),
    remote=_remote,
)
