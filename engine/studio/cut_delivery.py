"""Delivery of a cut of a project as one film."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Literal

from engine.catalog import JobState, Project
from engine.deliver import (
    CutCondition,
    CutRequest,
    Deliverable,
    Estimate,
    accept_cut_command,
    cut_looks,
    deliver_values,
    estimate_copies,
    estimate_cut,
    find_existing_files,
    read_receipt,
    refuse_impossible_cut,
    refuse_occupied,
    targets,
)
from engine.errors import EngineError, GateError, RequestError
from engine.jobs import JobRequest
from engine.policy import PolicyError
from engine.studio.archives import check_archive, require_archive
from engine.studio.cuts import ProjectCuts
from engine.studio.delivery import DeliveryPlan, DeliveryRequest, delivery_folder
from engine.studio.delivery_history import cut_seconds, last_delivery
from engine.studio.forecast import DeliveryForecast, OutputFile
from engine.studio.studio import Studio
from engine.tasks import cut_identity, cut_packages, cut_take
from engine.timeline import Cut
from engine.transfer import Subject


def plan_cut_delivery(studio: Studio, request: DeliveryRequest, name: str | None) -> DeliveryPlan:
    """Plans the film of a cut by name; None for the project's only one. Of `request`, only the project, the recipe, the
    folder, the speech options and the answers count.

    The job of a cut that uses damaged takes is blocked until the user accepts the damage, and that of a log take until
    its input transform is confirmed. Raises RequestError if the cut does not exist or the recipe cannot be applied to
    it, FileInTheWayError if another file has the name of an output, PolicyError if a policy does not permit the
    delivery, EngineError if the file of a take is missing.
    """
    project, cut, subjects = _sources(studio, request, name)
    order = _order(studio, request, project, cut, subjects)
    folder = delivery_folder(studio, request, project).absolute()
    step = _step(studio, request, project, order, subjects)
    studio.gate.require("deliver", **deliver_values(order))
    require_archive(studio, request.recipe, project.id, folder)
    known = studio.catalog.queue.job(step.id)
    # A queued or running job checks its own output files.
    if known is None or known.state is JobState.DONE:
        refuse_occupied(order, folder, cut_identity(project.id, cut.name), replace=request.replace)
    return DeliveryPlan(request, folder, ((f"“{cut.name}”", step),), alone=True)


def forecast_cut(studio: Studio, request: DeliveryRequest, name: str | None) -> DeliveryForecast:
    """The estimate of the film of a cut, and its outputs that exist already. Raises RequestError without the cut."""
    project, cut, subjects = _sources(studio, request, name)
    order = _order(studio, request, project, cut, subjects)
    folder = delivery_folder(studio, request, project)
    listed: tuple[Deliverable, ...] = ()
    with suppress(EngineError):
        listed = read_receipt(folder).deliveries
    before = [one for one in listed if one.recipe_digest == request.recipe.digest]
    try:
        refuse_impossible_cut(order)
        studio.gate.check("deliver", **deliver_values(order))
        check_archive(studio, request.recipe, project.id, folder)
    except PolicyError as error:
        return DeliveryForecast((Estimate(cut.name, refused=error.reason, hint=error.hint, by_policy=True),))
    except EngineError as error:
        refused = Estimate(cut.name, refused=error.message, hint=error.hint, waits=isinstance(error, GateError))
        return DeliveryForecast((refused,))
    conditions = studio.conditions(one.take for one in subjects.values() if one.take)
    damage = CutCondition(order, conditions).damage
    plan = estimate_copies(order, conditions)
    estimate = replace(estimate_cut(order, before, plan), damage=damage, files=tuple(targets(order)))
    existing = []
    for one in find_existing_files(order, folder, cut_identity(project.id, cut.name), by_size=True):
        reason = one.refusal.message if one.refusal else ""
        refuses = one.owner == "foreign" or (one.owner == "other" and not request.replace)
        fate: Literal["refused", "replaced"] = "refused" if refuses else "replaced"
        existing.append(OutputFile(cut.name, folder / one.name, fate, reason, one.owner == "other"))
    last = last_delivery(studio, project, listed, request.recipe, {cut_identity(project.id, cut.name)})
    seconds = cut_seconds(studio, cut, request.recipe, estimate.copied)
    return DeliveryForecast((estimate,), tuple(existing), last=last, seconds=seconds)


def _sources(studio: Studio, request: DeliveryRequest, name: str | None) -> tuple[Project, Cut, dict[str, Subject]]:
    """The project, the cut, and its takes by id."""
    project = studio.project(request.project)
    cuts = ProjectCuts(studio, project)
    cut = cuts.read(cuts.name(name))
    takes = {take.id: take for take in studio.takes(project)}
    missing = [take for take in cut.takes if take not in takes]
    if missing:
        raise RequestError(
            f"{len(missing)} of the takes of “{cut.name}” are not in “{project.name}”.",
            "cwtui cut show lists the clips; remove or replace those without a take.",
        )
    return project, cut, {take: studio.subject_of(takes[take]) for take in cut.takes}


def _order(
    studio: Studio, request: DeliveryRequest, project: Project, cut: Cut, subjects: dict[str, Subject]
) -> CutRequest:
    takes = {take: cut_take(subject) for take, subject in subjects.items()}
    looks = cut_looks(cut, request.recipe, studio.folder)
    order = CutRequest(cut, takes, request.recipe, project=project.name, looks=looks)
    return replace(order, packages=cut_packages(studio.folder, order))


def _step(
    studio: Studio, request: DeliveryRequest, project: Project, order: CutRequest, subjects: dict[str, Subject]
) -> JobRequest:
    """The job of the film. Raises RequestError if the recipe cannot be applied to the cut."""
    command = accept_cut_command(request.recipe_name or request.recipe.name, order.label, request.project)
    takes = [subject.take for subject in subjects.values() if subject.take]
    conditions = studio.conditions(takes)
    condition = CutCondition(order, conditions, accepted=request.damaged, command=command)
    waits_for: EngineError | None = None
    try:
        refuse_impossible_cut(order)
        condition.refuse()
    except GateError as gate:
        waits_for = gate
    # As for takes, neither answer changes the job's id where it changes nothing.
    unchecked = any(not conditions[take.id].checked for take in takes)
    identity = cut_identity(project.id, order.label)
    folder = delivery_folder(studio, request, project)
    existing = find_existing_files(order, folder, identity, by_size=True)
    return studio.tasks.cut_delivery_request(
        project.id,
        order,
        subjects,
        folder,
        options=request.options,
        damaged=request.damaged and (bool(condition.damage) or unchecked),
        waits_for=waits_for,
        overwrite=request.replace and any(one.owner == "other" for one in existing),
        farm=request.farm,
    )
