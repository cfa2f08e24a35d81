"""One recipe for many takes: each on its own, so that one that fails stops no other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from engine.catalog import Encoding, Job, JobState, Project, Selection, Take, select_takes
from engine.deliver import (
    RECEIPT,
    Deliverable,
    DeliverableRequest,
    Recipe,
    SourceCondition,
    Speed,
    accept_command,
    damaged_gate,
    keeps_sound,
    refuse_impossible,
    refuse_occupied,
    refuse_unanswered,
    with_speed,
)
from engine.errors import EngineError, FileInTheWayError, GateError, RequestError, failure_as_json
from engine.jobs import JobRequest, job_result
from engine.studio.studio import Studio, is_file_reference
from engine.tasks import DEFAULT_OPTIONS, DeliverParameters, TranscribeOptions
from engine.transfer import Subject


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """What the director asks for. No sources: the takes of the project that `rule` selects (`select_takes`).

    With `replace`, files that other deliveries left in the folder may be written over. `start` and `end`
    are in seconds; where neither is said, a take is delivered as it is trimmed. `damaged` says yes to delivering what
    is damaged. `recipe_name` is how the command line names the recipe, where that is known.
    """

    recipe: Recipe
    sources: tuple[str, ...] = ()
    project: str | None = None
    start: Fraction | None = None
    end: Fraction | None = None
    input_transform: Encoding | None = None
    folder: Path | None = None
    options: TranscribeOptions = DEFAULT_OPTIONS
    rule: Literal["usual", "kept", "all"] = "usual"
    replace: bool = False
    speed: Speed | None = None
    damaged: bool = False
    recipe_name: str = ""


@dataclass(slots=True)
class DeliveryOutcome:
    """What came of it, take by take."""

    delivered: list[Deliverable] = field(default_factory=list)
    folder: Path | None = None
    selection: Selection | None = None
    skipped: list[dict[str, str]] = field(default_factory=list)
    waiting: list[dict[str, str]] = field(default_factory=list)
    failed: list[dict[str, str]] = field(default_factory=list)

    @property
    def receipt(self) -> Path | None:
        """Where the receipt lies."""
        return self.folder / RECEIPT if self.folder and self.delivered else None

    @property
    def exit_code(self) -> int:
        """1 where work failed or a check did not pass, 3 where a take waits for the director, else 0."""
        if self.failed or not all(delivered.passed for delivered in self.delivered):
            return 1
        return GateError.exit_code if self.waiting else 0

    def as_json(self) -> dict[str, Any]:
        """For the command line: absolute paths, each file and check with its take."""
        assert self.folder is not None
        return {
            "files": [
                {**file.model_dump(), "path": str(self.folder / file.path), "take": delivered.take}
                for delivered in self.delivered
                for file in delivered.files
            ],
            "checks": [
                {**check.model_dump(), "take": delivered.take}
                for delivered in self.delivered
                for check in delivered.checks
            ],
            "damage": [
                {**one.model_dump(mode="json"), "take": delivered.take}
                for delivered in self.delivered
                for one in delivered.damage
            ],
            "complete": all(delivered.complete for delivered in self.delivered),
            "receipt": str(self.receipt) if self.receipt else None,
            "selection": self.selection.as_json() if self.selection else None,
            "skipped": self.skipped,
            "waiting": self.waiting,
            "failed": self.failed,
        }


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """A request as a graph of jobs: a step for each source by its label, and why some have none."""

    request: DeliveryRequest
    folder: Path
    steps: tuple[tuple[str, JobRequest], ...]
    alone: bool
    skipped: tuple[dict[str, str], ...] = ()
    failed: tuple[dict[str, str], ...] = ()
    waiting: tuple[dict[str, str], ...] = ()
    selection: Selection | None = None


def plan_delivery(studio: Studio, request: DeliveryRequest) -> DeliveryPlan:
    """What is to be made, take by take. What a recipe cannot use is skipped; with a single source that is an error.

    Raises RequestError where there is nothing to deliver, GateError for a log file nobody has answered for.
    """
    sources, project, selection = _sources(studio, request)
    folder = request.folder or (
        (studio.folder / project.folder if project else Path.cwd()) / "deliverables" / request.recipe.name
    )
    names = [Path(source).stem for source in sources if isinstance(source, str)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RequestError(
            f"More than one of these files is called {', '.join(twice)}.",
            "Deliver them one by one, each with its own -o.",
        )
    steps: list[tuple[str, JobRequest]] = []
    skipped: list[dict[str, str]] = []
    failed: list[dict[str, str]] = []
    waiting: list[dict[str, str]] = []
    for source in sources:
        name = source.label if isinstance(source, Take) else source
        try:
            subject = studio.subject_of(source) if isinstance(source, Take) else studio.file(source)
            steps.append((name, _step(studio, request, subject, folder)))
        except EngineError as error:
            if len(sources) == 1:
                raise
            gone = skipped if _is_skipped(error) else failed
            (waiting if isinstance(error, GateError) else gone).append(failure_as_json(name, error))
    if not steps and not failed and not waiting:
        why = skipped[0]["message"] if skipped else _empty_selection_reason(selection)
        raise RequestError(f"There is nothing for {request.recipe.name} to deliver: {why}", "cwtui takes lists them.")
    alone = len(sources) == 1
    return DeliveryPlan(
        request, folder.absolute(), tuple(steps), alone, tuple(skipped), tuple(failed), tuple(waiting), selection
    )


def plan_with_answers(
    studio: Studio, request: DeliveryRequest, answers: Mapping[str, str | bool | None]
) -> DeliveryPlan | None:
    """The plan of one source, with the director's `answers` by option to gates that name their choices.

    None where the answer to one of its gates is to leave the source out. Otherwise as `plan_delivery`, and GateError
    for a gate with choices that has no answer. An answer is used only where a gate asks for it: a yes to damage accepts
    no damage of another take that is found later.
    """
    answered = request
    while True:
        planned: DeliveryPlan | None = None
        try:
            planned = plan_delivery(studio, answered)
            gate = next((step.blocked_by for _, step in planned.steps if step.blocked_by), None)
        except GateError as error:
            gate = error
        choices = gate.choices if isinstance(gate, GateError) else ()
        if planned is not None and not choices:
            return planned
        option = choices[0].option if choices else ""
        given = answers.get(option)
        if gate is not None and (option not in answers or given == getattr(answered, option)):
            raise gate
        if given is None:
            return None
        changes: dict[str, Any] = {option: given}
        answered = replace(answered, **changes)


def submit_deliveries(studio: Studio, plans: Sequence[DeliveryPlan]) -> list[list[Job]]:
    """Queues the plans' graphs; each plan's jobs, one for each of its steps."""
    steps = [step for one in plans for _, step in one.steps]
    jobs = {job.id: job for job in studio.jobs.submit(steps)}
    for step in steps:
        _cancel_superseded(studio, step)
    return [[jobs[step.id] for _, step in one.steps] for one in plans]


def _cancel_superseded(studio: Studio, step: JobRequest) -> None:
    """Ends the delivery that waits for the yes which this one has."""
    asked = step.parameters
    if isinstance(asked, DeliverParameters) and asked.damaged:
        before = replace(step, parameters=asked.model_copy(update={"damaged": False}))
        job = studio.catalog.queue.job(before.id)
        if job is not None and job.state is JobState.BLOCKED:
            studio.jobs.cancel(job)


def deliver_all(studio: Studio, *requests: DeliveryRequest) -> list[DeliveryOutcome]:
    """Delivers what is requested, as wide as the machine allows; an outcome for each request.

    Raises what a single source's delivery came to if it was refused or failed.
    """
    return run_plans(studio, [plan_delivery(studio, request) for request in requests])


def run_plans(studio: Studio, plans: Sequence[DeliveryPlan]) -> list[DeliveryOutcome]:
    """Delivers what is planned; otherwise as `deliver_all`."""
    asked = submit_deliveries(studio, plans)
    ended = {job.id: job for job in studio.jobs.wait([job for jobs in asked for job in jobs])}
    return [_collect(one, [ended[job.id] for job in jobs]) for one, jobs in zip(plans, asked, strict=True)]


def _collect(planned: DeliveryPlan, jobs: Sequence[Job]) -> DeliveryOutcome:
    came = DeliveryOutcome(
        folder=planned.folder,
        selection=planned.selection,
        skipped=list(planned.skipped),
        waiting=list(planned.waiting),
        failed=list(planned.failed),
    )
    for (name, _), job in zip(planned.steps, jobs, strict=True):
        try:
            came.delivered.append(Deliverable.model_validate(job_result(job)["delivered"]))
        except EngineError as error:
            if planned.alone:
                raise
            gone = came.skipped if _is_skipped(error) else came.failed
            (came.waiting if isinstance(error, GateError) else gone).append(failure_as_json(name, error))
    return came


def _is_skipped(error: EngineError) -> bool:
    """Whether a recipe has no use for a take; a file in the way is a failure."""
    return isinstance(error, RequestError) and not isinstance(error, FileInTheWayError)


def _empty_selection_reason(selection: Selection | None) -> str:
    if selection is None or not selection.left_out:
        return "The project has no takes."
    return f"None of the {len(selection.left_out)} takes is among {selection.reason}."


def _sources(studio: Studio, request: DeliveryRequest) -> tuple[list[Take | str], Project | None, Selection | None]:
    if request.project is None and request.sources and all(is_file_reference(source) for source in request.sources):
        return list(request.sources), None, None
    project = studio.project(request.project)
    if request.sources:
        named = {take.id: take for take in (studio.take(s, project) for s in request.sources)}
        return list(named.values()), project, None
    selection = select_takes(studio.takes(project), studio.catalog.reviews.all(project.id), request.rule)
    return list(selection.takes), project, selection


def _step(studio: Studio, request: DeliveryRequest, subject: Subject, folder: Path) -> JobRequest:
    transform = request.input_transform or subject.input_transform
    start, end = request.start, request.end
    if subject.take and start is None and end is None:
        review = studio.catalog.reviews.of(subject.take)
        start, end = review.starts, review.ends
    first = start or Fraction(0)
    waits_for: EngineError | None = None
    recorded = DeliverableRequest(subject.footage, subject.label, request.recipe, transform, first, end)
    order = with_speed(recorded, request.speed)
    refuse_unanswered(order)
    known_condition = studio.catalog.conditions.of(subject.digest(), subject.footage.probe.damage)
    # Damage lies on the clock of the recording, whatever the speed.
    source = SourceCondition(recorded, known_condition, plays_sound=keeps_sound(recorded, order))
    try:
        refuse_impossible(order)
        if source.damage and not request.damaged:
            reference = subject.label if subject.take else str(subject.footage.path)
            recipe = request.recipe_name or request.recipe.name
            yes = accept_command(recipe, reference, request.start, request.end, request.project)
            raise damaged_gate(subject.label, source.damage, yes)
    except GateError as gate:
        if subject.take is None:
            raise
        waits_for = gate
    # A yes to what is known to be whole is no other delivery.
    damaged = request.damaged and (bool(source.damage) or not known_condition.checked)
    step = studio.tasks.delivery_request(
        subject,
        request.recipe,
        folder,
        input_transform=transform,
        start=first,
        end=end,
        options=request.options,
        damaged=damaged,
        waits_for=waits_for,
        overwrite=request.replace,
        speed=request.speed,
    )
    known = studio.catalog.queue.job(step.id)
    # A job that is under way knows its own files better.
    if known is None or known.state is JobState.DONE:
        refuse_occupied(order, folder, subject.digest(), replace=request.replace)
    return step
