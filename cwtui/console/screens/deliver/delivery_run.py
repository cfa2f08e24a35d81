"""Runs a recipe from Deliver: prompts for its gates' answers, then queues its deliveries."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.gate_questions import GateQuestion
from cwtui.console.screens.deliver.recipes import Answers, deliver
from cwtui.console.screens.deliver.results import delivery_jobs
from cwtui.console.snapshot import Snapshot
from engine.catalog import Job, Project, Take
from engine.deliver import StoredRecipe
from engine.jobs import gate_choices

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.studio import Studio

Post = Callable[[Message], object]
"""A function that accepts messages from any thread."""


class AnswerNeeded(Message):
    """Gates need an answer before these takes are delivered; `answers` are those already given."""

    def __init__(self, recipe: StoredRecipe, takes: Sequence[Take], question: GateQuestion, answers: Answers) -> None:
        super().__init__()
        self.recipe = recipe
        self.takes = takes
        self.question = question
        self.answers = answers


def waiting_deliveries(snapshot: Snapshot, recipe: StoredRecipe | None) -> list[Job]:
    """The deliveries of a recipe that wait for a choice."""
    return [job for job in delivery_jobs(snapshot, recipe.name) if gate_choices(job)] if recipe else []


def run_delivery(app: ConsoleApp, post: Post, recipe: StoredRecipe, takes: Sequence[Take], answers: Answers) -> None:
    """Queue a recipe's deliveries of takes. Posts AnswerNeeded when a gate needs an answer first."""

    def run(studio: Studio, project: Project | None) -> str | None:
        done = deliver(studio, project, recipe.path, takes, answers) if project else None
        if isinstance(done, GateQuestion):
            post(AnswerNeeded(recipe, takes, done, answers))
            return None
        return done

    app.submit(run)


def ask_before_delivery(app: ConsoleApp, post: Post, needed: AnswerNeeded) -> None:
    """Prompt for an answer and deliver with it. Nothing is delivered when the dialog is cancelled."""
    question = needed.question

    def answered(answer: str | None) -> None:
        if answer is None:
            app.show_message("Nothing delivered.")
            return
        choice = question.parse_answer(answer)
        given = {question.option: choice.value if choice else None}
        run_delivery(app, post, needed.recipe, needed.takes, {**needed.answers, **given})

    app.push_screen(question.dialog("Skip it"), answered)
