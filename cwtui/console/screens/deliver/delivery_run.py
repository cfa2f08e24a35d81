"""Runs a recipe from Deliver: queues its deliveries, or first asks what to replace and how to answer their gates."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.command_lines import answer_command, deliver_command
from cwtui.console.dialogs.gate_questions import GateQuestion
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.screens.deliver.choices import command_options, request_of
from cwtui.console.screens.deliver.results import delivery_jobs
from cwtui.console.session import DeliveryChoices
from cwtui.console.snapshot import Snapshot
from cwtui.formatting import plural
from engine.catalog import Job, JobState, Project, Review, Take
from engine.deliver import OWN_RECIPES, Recipe, StoredRecipe, load_recipe
from engine.errors import EngineError, GateError, RequestError
from engine.jobs import gate_choices
from engine.policy import PolicyError
from engine.studio import (
    DeliveryPlan,
    DeliveryRequest,
    OutputFile,
    forecast_cut,
    forecast_subjects,
    plan_cut_delivery,
    plan_delivery,
    plan_with_answers,
    submit_deliveries,
)

if TYPE_CHECKING:
    from cwtui.console.workers.studio_worker import Work
    from engine.studio import Studio

_MAX_LISTED = 8

Post = Callable[[Message], object]
"""A function that accepts messages from any thread."""

Answers = Mapping[str, str | bool | None]
"""The director's answers to gates, by option; None skips the takes of the gate."""


@dataclass(frozen=True, slots=True)
class DeliveryRun:
    """The delivery of takes, or of a cut, with a recipe by the choices of Deliver, and the answers that were given.

    `replacing` are the labels of the takes, or of the cut, whose files of other deliveries may be replaced; None until
    the existing files were looked at.
    """

    recipe: StoredRecipe
    takes: tuple[Take, ...]
    choices: DeliveryChoices
    answers: Mapping[str, str | bool | None]
    replacing: frozenset[str] | None = None


class AnswerNeeded(Message):
    """Gates need an answer before these takes are delivered."""

    def __init__(self, run: DeliveryRun, question: GateQuestion) -> None:
        super().__init__()
        self.run = run
        self.question = question

    def dialog(self) -> ChoicePrompt:
        """A dialog that returns the answer, or None."""
        return self.question.dialog("Skip it")

    def answered(self, answer: str) -> DeliveryRun:
        """The run with the answer of the question's dialog."""
        choice = self.question.parse_answer(answer)
        return replace(self.run, answers={**self.run.answers, self.question.option: choice.value if choice else None})


class ReplaceNeeded(Message):
    """The delivery would replace existing files."""

    def __init__(self, run: DeliveryRun, files: Sequence[OutputFile]) -> None:
        super().__init__()
        self.run = run
        self.files = files

    def dialog(self) -> ChoicePrompt:
        """A dialog that returns "replace", "others" to leave out the takes with these files, or None."""
        title = f"Replace {plural(len(self.files), 'file')}?"
        lines = [file.path.name for file in self.files[:_MAX_LISTED]]
        if (more := len(self.files) - _MAX_LISTED) > 0:
            lines.append(f"and {plural(more, 'more file')}")
        rows = [("replace", "Replace", "with the new delivery")]
        if others := len(self._others):
            rows.append(("others", "Keep", f"deliver only the other {plural(others, 'take')}"))
        return ChoicePrompt(title, rows, details="\n".join(lines))

    def answered(self, answer: str) -> DeliveryRun:
        """The run with the answer of the dialog."""
        if answer == "others":
            return replace(self.run, takes=tuple(self._others), replacing=frozenset())
        return replace(self.run, replacing=frozenset(file.take for file in self.files if file.needs_replace))

    @property
    def _others(self) -> list[Take]:
        labels = {file.take for file in self.files}
        return [take for take in self.run.takes if take.label not in labels]


def waiting_deliveries(snapshot: Snapshot, recipe: StoredRecipe | None) -> list[Job]:
    """The deliveries of a recipe that wait for a choice."""
    return [job for job in delivery_jobs(snapshot, recipe.name) if gate_choices(job)] if recipe else []


def recipe_commands(
    stored: StoredRecipe,
    recipe: Recipe | None,
    choices: DeliveryChoices,
    takes: Sequence[tuple[Take, Review]],
    snapshot: Snapshot,
) -> dict[str, str]:
    """The placeholders of command lines: the recipe, its delivery by the choices and the answer to its gate."""
    commands = {"recipe": shlex.quote(stored.name)}
    if project := snapshot.project:
        options, named = command_options(recipe, choices), project.name if len(snapshot.projects) > 1 else None
        commands["deliver"] = deliver_command(_command_name(stored), takes, named, options)
    if answer := answer_command(waiting_deliveries(snapshot, stored)):
        commands["answer"] = answer
    return commands


def _command_name(recipe: StoredRecipe) -> str:
    """The recipe on the command line."""
    return str(recipe.path) if recipe.own else recipe.name


def delivery_work(post: Post, run: DeliveryRun) -> Work:
    """Returns the work that queues a run's deliveries.

    It posts ReplaceNeeded if files would be replaced, and AnswerNeeded if a gate needs an answer.
    """

    def deliver(studio: Studio, project: Project | None) -> str | None:
        if project is None:
            return None
        recipe = load_recipe(str(run.recipe.path))
        if run.replacing is None:
            request = replace(request_of(recipe, run.choices, project.name), replace=True)
            if run.choices.takes == "cut":
                forecast = forecast_cut(studio, request, run.choices.cut)
            else:
                subjects = (studio.subject_unprobed(take) for take in run.takes)
                forecast = forecast_subjects(studio, request, project, subjects)
            if files := forecast.files("replaced"):
                post(ReplaceNeeded(run, files))
                return None
        done = queue_deliveries(studio, project, recipe, run)
        if isinstance(done, GateQuestion):
            post(AnswerNeeded(run, done))
            return None
        return done

    return deliver


def queue_deliveries(studio: Studio, project: Project, recipe: Recipe, run: DeliveryRun) -> str | GateQuestion:
    """Queues the deliverables of a run and returns a status line.

    When a gate has choices and no answer, nothing is queued and its question is returned.
    """
    name = str(run.recipe.path) if run.recipe.path.parent.name == OWN_RECIPES else recipe.name
    noun = "cut" if run.choices.takes == "cut" else "take"
    plans, refused, left, gates = [], list[EngineError](), 0, list[GateError]()
    for one, plan in _requests(studio, run, request_of(recipe, run.choices, project.name, name)):
        try:
            planned = plan_with_answers(plan, one, run.answers)
        except GateError as gate:
            gates.append(gate) if gate.choices else refused.append(gate)
        except EngineError as error:
            refused.append(error)
        else:
            plans += [planned] if planned else []
            left += planned is None
    if gates:
        same = [gate.message for gate in gates if gate.choices[0].option == gates[0].choices[0].option]
        return GateQuestion(tuple(same), gates[0].choices)
    if left and not plans:
        return f"{recipe.name}: nothing delivered; {plural(left, noun)} skipped."
    if not plans:
        first = refused[0] if refused else None
        # The hint of a policy names who decides, and how.
        if isinstance(first, PolicyError):
            raise first
        raise RequestError(f"{recipe.name} has nothing to deliver.", first.message if first else "")
    asked = submit_deliveries(studio, plans)
    identical = sum(all(job.state is JobState.DONE for job in jobs) for jobs in asked)
    queued = len(asked) - identical
    counts = [f"{plural(queued, noun)} queued"] if queued else []
    counts += [f"{plural(identical, noun)} identical, not built again"] if identical else []
    counts += [f"{plural(left, noun)} skipped"] if left else []
    summary = f"{recipe.name}: {', '.join(counts)}"
    return f"{summary}; {len(refused)} not possible: {refused[0].message}" if refused else f"{summary}."


def _requests(
    studio: Studio, run: DeliveryRun, request: DeliveryRequest
) -> Iterator[tuple[DeliveryRequest, Callable[[DeliveryRequest], DeliveryPlan]]]:
    """The request of each take, or that of the cut, with the function that plans it."""
    replacing = run.replacing or ()
    if run.choices.takes == "cut":
        cut = run.choices.cut
        yield replace(request, replace=cut in replacing), lambda one: plan_cut_delivery(studio, one, cut)
        return
    for take in run.takes:
        yield (
            replace(request, sources=(str(take.number),), replace=take.label in replacing),
            partial(plan_delivery, studio),
        )
