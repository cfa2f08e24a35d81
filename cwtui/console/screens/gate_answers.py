"""Submits the answer to the gate of waiting deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cwtui.formatting import plural
from engine.catalog import Job, Project
from engine.errors import GateChoice
from engine.jobs import gate_choices

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.studio import Studio


def answer_gates(jobs: Sequence[Job], choice: GateChoice) -> Work:
    """Returns the work that answers with a choice all jobs whose gates accept it."""

    def answer(studio: Studio, _: Project | None) -> str:
        count = 0
        for job in jobs:
            for own in gate_choices(job):
                # The jobs' choices differ in their command lines, so that they are compared by option and value.
                if (own.option, own.value) == (choice.option, choice.value):
                    studio.answer(studio.jobs.lookup(job.id), own)
                    count += 1
        return f"{plural(count, 'delivery', 'deliveries')} answered: {choice.title}."

    return answer
