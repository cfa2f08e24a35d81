"""Archives as deliveries: the permission to write originals, and the work of the jobs `deliver` and `cut-deliver`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.deliver import CutRequest, DeliverableRequest, Recipe, deliver_values
from engine.policy import LEAVES, Value
from engine.tasks.archive_items import archive_items, items_digest
from engine.tasks.context import TaskContext
from engine.tasks.paths import find_project, project_name

if TYPE_CHECKING:
    from engine.deliver import Deliverable
    from engine.jobs import JobContext
    from engine.timeline import Cut
    from engine.transfer import Subject


class ArchiveParameters(Protocol):
    """The part of the parameters of a delivery that its archive depends on."""

    @property
    def recipe(self) -> Recipe:
        """The recipe."""

    @property
    def folder(self) -> Path:
        """The folder of the archive, relative to the studio if it is below."""

    @property
    def replace(self) -> bool:
        """Whether files of another delivery may be overwritten."""


def archive_values(context: TaskContext, project: str | None, folder: Path) -> dict[str, Value] | None:
    """The attributes of a request to write originals to `folder`; None if it is below the studio, which needs none.

    A plain file, without a project, has the step “nothing”.
    """
    if (context.paths.folder / folder).is_relative_to(context.paths.folder):
        return None
    step = context.catalog.policies.leaves(find_project(context.catalog, project)) if project else LEAVES[0]
    return {"leaves": step}


def contents_of(
    context: TaskContext, recipe: Recipe, subjects: Sequence[Subject], cut: Cut | None, folder: Path
) -> str:
    """Identifies what an archive would contain now, for a job's parameters; empty for other recipes."""
    if recipe.archive is None:
        return ""
    return items_digest(archive_items(context, recipe.archive, subjects, cut, folder))


def run_archive(
    context: TaskContext, parameters: ArchiveParameters, subject: Subject, label: str, job: JobContext
) -> dict[str, Any]:
    """The archive of a take or a plain file: {folder, delivered}, as of the job `deliver`."""
    order = DeliverableRequest(subject.footage, label, parameters.recipe, None, project=project_name(context, subject))
    project = subject.take.project_id if subject.take else None
    return _run(context, parameters, job, order, [subject], None, project, subject.digest())


def run_cut_archive(
    context: TaskContext, parameters: ArchiveParameters, order: CutRequest, project: str, identity: str, job: JobContext
) -> dict[str, Any]:
    """The archive of a cut: {folder, delivered}, as of the job `cut-deliver`."""
    takes = [context.subjects.take(one) for one in order.cut.takes]
    subjects = [context.subjects.opened(take) for take in takes]
    return _run(context, parameters, job, order, subjects, order.cut, project, identity)


def _run(
    context: TaskContext,
    parameters: ArchiveParameters,
    job: JobContext,
    order: DeliverableRequest | CutRequest,
    subjects: list[Subject],
    cut: Cut | None,
    project: str | None,
    source_digest: str,
) -> dict[str, Any]:
    from engine.deliver import build_archive

    folder = context.paths.folder / parameters.folder
    permission = context.gate.require("deliver", **deliver_values(order))
    if values := archive_values(context, project, folder):
        context.gate.require("archive", **values)
    assert parameters.recipe.archive
    delivered: Deliverable = build_archive(
        permission,
        order,
        archive_items(context, parameters.recipe.archive, subjects, cut, folder),
        folder,
        work=job.folder / "archive",
        source_digest=source_digest,
        replace=parameters.replace,
        progress=job.progress,
        cancelled=job.cancelled,
    )
    return {"folder": str(parameters.folder), "delivered": delivered.model_dump(mode="json")}
