"""Runs a recipe from Deliver: queues its deliveries, or asks for the answers of their gates first."""

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
    from cwtui.console.workers.studio_worker import Work
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

    def answers_with(self, answer: str) -> Answers:
        """The answers, with that of the question's dialog."""
        choice = self.question.parse_answer(answer)
        return {**self.answers, self.question.option: choice.value if choice else None}


def waiting_deliveries(snapshot: Snapshot, recipe: StoredRecipe | None) -> list[Job]:
    """The deliveries of a recipe that wait for a choice."""
    return [job for job in delivery_jobs(snapshot, recipe.name) if gate_choices(job)] if recipe else []


def delivery_work(post: Post, recipe: StoredRecipe, takes: Sequence[Take], answers: Answers) -> Work:
    """Returns the work that queues a recipe's deliveries of takes. It posts AnswerNeeded if a gate needs an answer."""

    def run(studio: Studio, project: Project | None) -> str | None:
        done = deliver(studio, project, recipe.path, takes, answers) if project else None
        if isinstance(done, GateQuestion):
            post(AnswerNeeded(recipe, takes, done, answers))
            return None
        return done

    return run
