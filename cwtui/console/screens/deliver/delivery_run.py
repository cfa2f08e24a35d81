"""Runs a recipe from Deliver: queues its deliveries, or asks for the answers of their gates first."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.command_lines import answer_command, deliver_command
from cwtui.console.dialogs.gate_questions import GateQuestion
from cwtui.console.screens.deliver.recipes import Answers, deliver
from cwtui.console.screens.deliver.results import delivery_jobs
from cwtui.console.snapshot import Snapshot
from engine.catalog import Job, Project, Review, Take
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


def recipe_commands(recipe: StoredRecipe, takes: Sequence[tuple[Take, Review]], snapshot: Snapshot) -> dict[str, str]:
    """The placeholders of command lines: the recipe, its delivery and the answer to its gate."""
    commands = {"recipe": shlex.quote(recipe.name)}
    if project := snapshot.project:
        name = str(recipe.path) if recipe.own else recipe.name
        commands["deliver"] = deliver_command(name, takes, project.name if len(snapshot.projects) > 1 else None)
    if answer := answer_command(waiting_deliveries(snapshot, recipe)):
        commands["answer"] = answer
    return commands


def delivery_work(post: Post, recipe: StoredRecipe, takes: Sequence[Take], answers: Answers) -> Work:
    """Returns the work that queues a recipe's deliveries of takes. It posts AnswerNeeded if a gate needs an answer."""

    def run(studio: Studio, project: Project | None) -> str | None:
        done = deliver(studio, project, recipe.path, takes, answers) if project else None
        if isinstance(done, GateQuestion):
            post(AnswerNeeded(recipe, takes, done, answers))
            return None
        return done

    return run
