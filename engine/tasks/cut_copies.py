"""The job `cut-copies` finds which frames of a film are copied, so that other jobs can encode the rest in parts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.deliver import CutCondition, CutTake, Recipe, looks_from_json
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.tasks.condition import keep_condition
from engine.tasks.context import TaskContext
from engine.tasks.cut_parameters import CutParameters, cut_paths, cut_request
from engine.tasks.named_paths import named_paths
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.catalog import Condition


class CutCopiesParameters(CutParameters):
    """One recipe for a cut. `looks` are the looks that its film shows, as for its delivery."""

    recipe: Recipe
    looks: dict[str, dict[str, Any]]


def cut_copies_request(
    context: TaskContext, cut: CutParameters, recipe: Recipe, looks: dict[str, dict[str, Any]], priority: int
) -> JobRequest:
    """Requests the frames that the film of a cut copies."""
    parameters = CutCopiesParameters(**dict(cut), recipe=recipe, looks=looks)
    return TASK.request(context, parameters, cut.project, (), priority)


def _run(context: TaskContext, parameters: CutCopiesParameters, job: JobContext) -> dict[str, Any]:
    """{copied}: of each copied stretch its first frame, the frame after its last, and its bits.

    A delivery makes the same plan again, and accepts or refuses damage.
    """
    from dataclasses import replace

    from engine.deliver import copied_frames

    recorded = cut_request(context, parameters, parameters.recipe)
    order = replace(recorded, looks=looks_from_json(parameters.looks))

    def check(source: CutTake) -> Condition:
        return keep_condition(context, context.subjects.opened(context.subjects.take(source.id)), source.digest, job)

    known = {
        take: context.catalog.conditions.of(source.digest, source.footage.probe.damage)
        for take, source in order.takes.items()
    }
    copied = copied_frames(order, CutCondition(order, known, accepted=True, check=check), job.cancelled)
    return {"copied": [[frames.start, frames.stop, bits] for frames, bits in copied.items()]}


def _reads(context: TaskContext, parameters: CutCopiesParameters) -> Iterator[Path]:
    yield from named_paths(context, parameters)
    yield from cut_paths(context, parameters)


TASK = Task(
    name="cut-copies",
    version=1,
    parameters=CutCopiesParameters,
    run=_run,
    title=lambda p: f"find what {p.recipe.name} copies of “{p.label}”",
    is_current=lambda context, result: True,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    reads=_reads,
)
