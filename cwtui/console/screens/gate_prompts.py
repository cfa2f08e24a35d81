"""Prompts for the answer to a delivery's gate, and submits it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cwtui.console.dialogs.gate_questions import gate_question
from cwtui.formatting import plural
from engine.catalog import Job, Project
from engine.errors import GateChoice
from engine.jobs import gate_choices

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.studio import Studio


def prompt_gates(app: ConsoleApp, jobs: Sequence[Job]) -> None:
    """Prompt for the choice that the first of these jobs waits for, and answer all jobs that ask for the same."""
    question = gate_question(jobs)
    if question is None:
        return

    def answered(answer: str | None) -> None:
        if choice := question.parse_answer(answer):
            app.submit(_submit_answer(jobs, choice))

    app.push_screen(question.dialog("Keep it waiting"), answered)


def _submit_answer(jobs: Sequence[Job], choice: GateChoice) -> Callable[[Studio, Project | None], str]:
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
