"""Delivery of several takes with one recipe. Each take is a separate job, so one failure does not stop the others."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from engine.catalog import (
    Encoding,
    Job,
    JobState,
    Project,
    Selection,
    Take,
    select_takes,
)
from engine.deliver import (
    Deliverable,
    DeliverableRequest,
    Recipe,
    SourceCondition,
    Speed,
    accept_command,
    damaged_gate,
    deliver_values,
    find_existing_files,
    keeps_sound,
    read_approvals,
    recipe_look,
    refuse_impossible,
    refuse_occupied,
    refuse_unanswered,
    review_standings,
    stretch_label,
    targets,
    with_speed,
)
from engine.errors import EngineError, FileInTheWayError, GateError, RequestError, failure_as_json
from engine.jobs import JobRequest, job_result
from engine.studio.archives import refuse_part, require_archive
from engine.studio.batch import TakenNameError, one_after_another, refuse_taken
from engine.studio.delivery_outcome import DeliveryOutcome
from engine.studio.references import is_file_reference
from engine.studio.stretches import Stretch, take_stretches
from engine.studio.studio import Studio
from engine.tasks import (
    DEFAULT_OPTIONS,
    CutDeliverParameters,
    DeliverParameters,
    FarmChoice,
    TranscribeOptions,
    packages_of,
    project_name,
)
from engine.transfer import Subject


@dataclass(frozen=True, slots=True)
class DeliveryRequest:
    """A delivery requested by the user. Without sources, `rule` selects takes of the project (`select_takes`).

    With `replace`, files of other deliveries in the folder may be overwritten. `start` and `end` are in seconds; if
    both are None, each kept range of a take is a deliverable of its own. `damaged` accepts damaged footage.
    `recipe_name` is the recipe's name on the command line, if known. With `farm`, the machines of the farm render the
    parts of the pictures, those with the same device or any.
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
    farm: FarmChoice = ""


@dataclass(frozen=True, slots=True)
class DeliveryPlan:
    """A request as a graph of jobs: a step for each stretch, by its label, and the reasons for stretches without one.

    `alone`: the request has a single stretch.
    """

    request: DeliveryRequest
    folder: Path
    steps: tuple[tuple[str, JobRequest], ...]
    alone: bool
    skipped: tuple[dict[str, str], ...] = ()
    failed: tuple[dict[str, str], ...] = ()
    waiting: tuple[dict[str, str], ...] = ()
    selection: Selection | None = None


def plan_delivery(studio: Studio, request: DeliveryRequest) -> DeliveryPlan:
    """Plans the job of each stretch. One that the recipe cannot use is skipped; a single one is an error.

    Raises RequestError if there is nothing to deliver, GateError for a log file without a confirmed input transform,
    PolicyError if a policy does not permit the delivery.
    """
    sources, project, selection = delivery_sources(studio, request)
    folder = delivery_folder(studio, request, project)
    names = [Path(source).stem for source in sources if isinstance(source, str)]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise RequestError(
            f"Several of these files are named {', '.join(twice)}.",
            "Deliver them separately, each with its own -o.",
        )
    stretches = [(source, stretch) for source in sources for stretch in _stretches(studio, request, source)]
    alone = len(stretches) == 1
    steps: list[tuple[str, JobRequest]] = []
    skipped: list[dict[str, str]] = []
    failed: list[dict[str, str]] = []
    waiting: list[dict[str, str]] = []
    taken: dict[str, str] = {}
    for source, stretch in stretches:
        try:
            subject = studio.subject_of(source) if isinstance(source, Take) else studio.file(source)
            steps.append((stretch.name, _step(studio, request, subject, stretch, folder, taken)))
        except TakenNameError:
            raise
        except EngineError as error:
            # A gate asks about the source, so that all of its stretches wait for one answer.
            if alone or (len(sources) == 1 and isinstance(error, GateError)):
                raise
            gone = skipped if _is_skipped(error) else failed
            (waiting if isinstance(error, GateError) else gone).append(failure_as_json(stretch.name, error))
    if not steps and not failed and not waiting:
        why = skipped[0]["message"] if skipped else _empty_selection_reason(selection)
        raise RequestError(f"Nothing to deliver with {request.recipe.name}: {why}", "cwtui takes lists the takes.")
    if request.recipe.files.on_fail == "stop":
        steps = one_after_another(steps)
    return DeliveryPlan(
        request, folder.absolute(), tuple(steps), alone, tuple(skipped), tuple(failed), tuple(waiting), selection
    )


def plan_with_answers(
    plan: Callable[[DeliveryRequest], DeliveryPlan],
    request: DeliveryRequest,
    answers: Mapping[str, str | bool | None],
) -> DeliveryPlan | None:
    """The plan for a single source or a cut, with the user's `answers`, by option, to gates that name their choices.

    `plan` is `plan_delivery` or `plan_cut_delivery` in a studio. Returns None if an answer is to skip the source.
    Raises as `plan` does, and GateError for a gate with choices but no answer. An answer applies only to a gate that
    asks for it: accepting damage does not accept damage of another take that is found later.
    """
    answered = request
    while True:
        planned: DeliveryPlan | None = None
        try:
            planned = plan(answered)
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
    """Queues the graphs of the plans. Returns the jobs of each plan, one for each of its steps."""
    steps = [step for one in plans for _, step in one.steps]
    jobs = {job.id: job for job in studio.jobs.submit(steps)}
    for step in steps:
        _cancel_superseded(studio, step)
    return [[jobs[step.id] for _, step in one.steps] for one in plans]


def _cancel_superseded(studio: Studio, step: JobRequest) -> None:
    """Cancels the same delivery without `damaged` if it still waits for that answer."""
    asked = step.parameters
    if isinstance(asked, DeliverParameters | CutDeliverParameters) and asked.damaged:
        before = replace(step, parameters=asked.model_copy(update={"damaged": False}))
        job = studio.catalog.queue.job(before.id)
        if job is not None and job.state is JobState.BLOCKED:
            studio.jobs.cancel(job)


def deliver_all(studio: Studio, *requests: DeliveryRequest) -> list[DeliveryOutcome]:
    """Delivers the requests, as parallel as the machine allows. Returns an outcome for each.

    For a request with a single source, raises the error of that delivery.
    """
    return run_plans(studio, [plan_delivery(studio, request) for request in requests])


def run_plans(studio: Studio, plans: Sequence[DeliveryPlan]) -> list[DeliveryOutcome]:
    """Delivers plans, as `deliver_all` does requests."""
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
    standings = {one.files: standing for one, standing in review_standings(planned.folder)}
    place = shlex.quote(str(planned.folder))
    for one in read_approvals(planned.folder).missing(came.delivered):
        standing = standings.get(one.files)
        message = f"“{one.take}” counts as delivered after the review “{one.approval}”."
        message += f" {standing.words}" if standing else ""
        hint = f"cwtui review export {place} -o BUNDLE" if standing else f"cwtui approve {place} --by NAME"
        came.waiting.append({"path": one.take, "message": message, "hint": hint})
    return came


def _is_skipped(error: EngineError) -> bool:
    """Whether the recipe cannot use the take. An existing output file counts as a failure."""
    return isinstance(error, RequestError) and not isinstance(error, FileInTheWayError)


def _empty_selection_reason(selection: Selection | None) -> str:
    if selection is None or not selection.left_out:
        return "The project has no takes."
    return f"None of the {len(selection.left_out)} takes is selected ({selection.reason})."


def delivery_folder(studio: Studio, request: DeliveryRequest, project: Project | None) -> Path:
    """The output folder of a request: its own, or that of the recipe in the project."""
    return request.folder or (
        (studio.folder / project.folder if project else Path.cwd()) / "deliverables" / request.recipe.name
    )


def delivery_sources(
    studio: Studio, request: DeliveryRequest
) -> tuple[list[Take | str], Project | None, Selection | None]:
    """The sources of a request, the project of its takes, and the selection if it names none."""
    if request.project is None and request.sources and all(is_file_reference(source) for source in request.sources):
        return list(request.sources), None, None
    project = studio.project(request.project)
    if request.sources:
        return list(studio.takes_named(request.sources, project)), project, None
    selection = select_takes(studio.takes(project), studio.catalog.reviews.all(project.id), request.rule)
    return list(selection.takes), project, selection


def _stretches(studio: Studio, request: DeliveryRequest, source: Take | str) -> list[Stretch]:
    if isinstance(source, Take):
        return stretches_of(studio, request, source)
    refuse_part(request.recipe, request.start, request.end)
    # A file's own label is known once it has been read.
    return [Stretch(source, "", request.start or Fraction(0), request.end)]


def stretches_of(studio: Studio, request: DeliveryRequest, take: Take) -> list[Stretch]:
    """The stretches of a take that a request delivers: its kept ranges, unless the request has a range.

    An archive has the whole take. Raises RequestError for a range of it.
    """
    if request.recipe.archive:
        refuse_part(request.recipe, request.start, request.end)
        return [Stretch(take.label, take.label, Fraction(0), None)]
    if request.start is None and request.end is None:
        return take_stretches(take, studio.catalog.reviews.of(take))
    start, end = request.start or Fraction(0), request.end
    return [Stretch(take.label, stretch_label(take.label, start, end), start, end)]


def recorded_stretch(
    studio: Studio, request: DeliveryRequest, subject: Subject, stretch: Stretch
) -> DeliverableRequest:
    """The deliverable of a stretch at its recorded speed."""
    transform = request.input_transform or subject.input_transform
    name = stretch.name if subject.take else subject.label
    look = recipe_look(request.recipe, studio.folder)
    packages = packages_of(studio.folder, request.recipe, [look] if look else [])
    return DeliverableRequest(
        subject.footage, name, request.recipe, transform, stretch.start, stretch.end, look=look, packages=packages
    )


def output_label(subject: Subject, stretch: Stretch) -> str:
    """The label in the names of a stretch's files."""
    return stretch.label or stretch_label(subject.label, stretch.start, stretch.end)


def named(studio: Studio, order: DeliverableRequest, subject: Subject, stretch: Stretch) -> DeliverableRequest:
    """A deliverable with the label and the project on which the names of its files depend."""
    return replace(order, label=output_label(subject, stretch), project=project_name(studio, subject))


def _step(
    studio: Studio, request: DeliveryRequest, subject: Subject, stretch: Stretch, folder: Path, taken: dict[str, str]
) -> JobRequest:
    """The job of a stretch; `taken` are the names of the files so far, folded, with their stretches."""
    step, order = job_request(studio, request, subject, stretch, folder)
    refuse_taken(request.recipe, targets(order), stretch.name, taken)
    studio.gate.require("deliver", **deliver_values(order))
    require_archive(studio, request.recipe, subject.take.project_id if subject.take else None, folder)
    known = studio.catalog.queue.job(step.id)
    # A queued or running job checks its own output files.
    if known is None or known.state is JobState.DONE:
        refuse_occupied(order, folder, subject.digest(), replace=request.replace)
    return step


def job_request(
    studio: Studio, request: DeliveryRequest, subject: Subject, stretch: Stretch, folder: Path
) -> tuple[JobRequest, DeliverableRequest]:
    """The job of one stretch, and its deliverable with the label of its files. Existing files are not considered.

    Raises RequestError if the recipe cannot be applied to it, GateError if a plain file needs an answer.
    """
    waits_for: EngineError | None = None
    recorded = recorded_stretch(studio, request, subject, stretch)
    label = output_label(subject, stretch)
    order = with_speed(recorded, request.speed)
    refuse_unanswered(order)
    known_condition = studio.catalog.conditions.of(subject.digest(), subject.footage.probe.damage)
    # Damage is in source time, regardless of the speed.
    source = SourceCondition(recorded, known_condition, plays_sound=keeps_sound(recorded, order))
    try:
        refuse_impossible(order)
        if source.damage and not request.damaged:
            reference = subject.label if subject.take else str(subject.footage.path)
            recipe = request.recipe_name or request.recipe.name
            yes = accept_command(recipe, reference, request.start, request.end, request.project)
            raise damaged_gate(recorded.label, source.damage, yes)
    except GateError as gate:
        if subject.take is None:
            raise
        waits_for = gate
    # `damaged` must not change the job's id if the source is known to be intact.
    damaged = request.damaged and (bool(source.damage) or not known_condition.checked)
    order = named(studio, order, subject, stretch)
    # Nor must `replace` if no file of another delivery is there: the same delivery would run again.
    overwrite = request.replace and any(
        one.owner == "other" for one in find_existing_files(order, folder, subject.digest(), by_size=True)
    )
    step = studio.tasks.delivery_request(
        subject,
        request.recipe,
        folder,
        input_transform=recorded.input_transform,
        start=recorded.start,
        end=recorded.end,
        options=request.options,
        damaged=damaged,
        waits_for=waits_for,
        overwrite=overwrite,
        speed=request.speed,
        label=label,
        farm=request.farm,
    )
    return step, order
