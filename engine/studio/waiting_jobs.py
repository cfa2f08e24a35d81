"""Answers to jobs that wait for the input transform of a take."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from engine.catalog import Catalog, JobState, Take
from engine.jobs import JobClient
from engine.tasks import with_input_transforms

if TYPE_CHECKING:
    from engine.tasks import TaskRegistry


def answer_transforms(catalog: Catalog, tasks: TaskRegistry, jobs: JobClient, takes: Iterable[Take]) -> None:
    """Queues again, with the input transform, the jobs that are blocked until these takes have one.

    The draft of a take is requested where its proxy waited.
    """
    known = {take.id: take for take in takes}
    transforms = {take.id: take.input_transform for take in known.values() if take.input_transform}
    for job in catalog.queue.jobs([JobState.BLOCKED]):
        answered = with_input_transforms(job.parameters, transforms)
        if answered and job.kind in tasks.kinds():
            jobs.answer(job, tasks.kinds()[job.kind], answered)
            if job.kind == "proxy":
                draft = tasks.draft_request(known[job.parameters["take"]])
                jobs.submit([draft] if draft else [])
