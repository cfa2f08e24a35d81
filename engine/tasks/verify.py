"""The job `verify` reads a sealed folder or footage in place again in idle time, and compares it with its digests."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Catalog, Job, JobState, SealedFolder, SealProblem, Take, due_at
from engine.errors import EngineError
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.slug import printable
from engine.tasks.context import TaskContext
from engine.tasks.parameters import Parameters
from engine.tasks.paths import find_project
from engine.tasks.requests import DAYS, IDLE
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import FileVerification

_AFTER_ALL_OTHERS = IDLE - 10
_LOWEST_PRIORITY = 19
_NAMED = 3


class VerifyParameters(Parameters):
    """A sealed folder, as the catalog names it, and the time of its last verification or its seal.

    The time gives each verification a job of its own: one that is due is queued once, however often it is requested.
    """

    project: str
    folder: str
    proven_at: datetime


def due_verifications(context: TaskContext, now: datetime | None = None) -> list[JobRequest]:
    """Requests the verification of each sealed folder that is due and whose disk is connected."""
    now, verifications = now or datetime.now(UTC), context.catalog.verifications
    every = verifications.every_days()
    requests = []
    for one in verifications.due(now):
        parameters = VerifyParameters(project=one.project_id, folder=one.folder, proven_at=one.proven_at)
        request = TASK.request(context, parameters, one.project_id, priority=_AFTER_ALL_OTHERS)
        known = context.catalog.queue.job(request.id)
        if known and known.state.open:
            continue
        due = due_at(one.proven_at, every, known.finished_at if known else None)
        if due and due <= now and (context.paths.folder / one.folder).is_dir():
            requests.append(request)
    return requests


def open_verifications(catalog: Catalog) -> list[Job]:
    """The verifications that are queued or run."""
    return catalog.queue.jobs([JobState.QUEUED, JobState.RUNNING], kind=TASK.name)


def record_verdicts(
    catalog: Catalog, studio: Path, verdicts: Sequence[FileVerification], restored: Iterable[Path] = ()
) -> None:
    """Records the verification of each sealed folder of the studio all of whose files have a verdict."""
    now, intact = datetime.now(UTC), set(restored)
    for one in catalog.verifications.folders():
        folder = studio / one.folder
        own = [verdict for verdict in verdicts if _is_in(folder, verdict.path, one.in_place)]
        if own:
            problems = [_problem(verdict) for verdict in own if not _is_fine(verdict) and verdict.path not in intact]
            catalog.verifications.record(one.folder, now, len(own), problems)


def _run(context: TaskContext, parameters: VerifyParameters, job: JobContext) -> dict[str, Any]:
    """The result of `verify_again`. Runs with the lowest CPU priority."""
    os.nice(_LOWEST_PRIORITY)
    return verify_again(context, parameters, job)


def verify_again(context: TaskContext, parameters: VerifyParameters, job: JobContext) -> dict[str, Any]:
    """Verifies a sealed folder, or footage in place, records the verdict and returns {folder, files}.

    Raises EngineError with the names of the files that are not as they were sealed or ingested.
    """
    from engine.transfer import reverify, reverify_takes, revoke_proofs

    known = next((one for one in context.catalog.verifications.folders() if one.folder == parameters.folder), None)
    if known is None:
        # Its footage has been copied to the project since.
        return {"folder": parameters.folder, "files": 0}
    studio, folder = context.paths.folder, context.paths.folder / parameters.folder
    if not folder.is_dir():
        raise EngineError(f"{folder} is not there.", "Connect its disk. It is verified within a day after that.")
    name = printable(folder.name)

    def progress(done: int, total: int) -> None:
        job.progress(done, total, "bytes", name)

    if known.in_place:
        takes = _takes_in(context.catalog, parameters.folder)
        verdicts = reverify_takes(takes, studio, job.folder, progress, job.cancelled)
        if not folder.is_dir():
            raise EngineError(f"The disk of {folder} went away while it was verified.", "Connect it again.")
    else:
        verdicts = reverify(folder, job.folder, progress, job.cancelled)
    copies = revoke_proofs(studio, find_project(context.catalog, parameters.project), verdicts)
    verdicts = [replace(one, intact_copy=copies.get(one.path)) for one in verdicts]
    record_verdicts(context.catalog, studio, verdicts)
    if problems := [one for one in verdicts if not _is_fine(one)]:
        raise _as_error(folder, problems, known)
    return {"folder": parameters.folder, "files": len(verdicts)}


def _is_in(folder: Path, path: Path, in_place: bool) -> bool:
    """Whether a file is in a sealed folder; footage in place is of its own folder only."""
    return path.parent == folder if in_place else folder == path or folder in path.parents


def _takes_in(catalog: Catalog, folder: str) -> list[Take]:
    every = (take for project in catalog.projects() for take in catalog.takes(project))
    return [take for take in every if take.in_place and take.path.parent == Path(folder)]


def _is_fine(verdict: FileVerification) -> bool:
    from engine.transfer import SealStatus

    return verdict.verdict in (SealStatus.INTACT, SealStatus.NEW)


def _problem(verdict: FileVerification) -> SealProblem:
    return SealProblem(
        path=str(verdict.path),
        verdict=str(verdict.verdict),
        detail=verdict.detail,
        intact_copy=str(verdict.intact_copy) if verdict.intact_copy else None,
    )


def _as_error(folder: Path, problems: Sequence[FileVerification], known: SealedFolder) -> EngineError:
    named = [f"{printable(one.path.name)} is {one.verdict}" for one in problems[:_NAMED]]
    if len(problems) > _NAMED:
        named.append(f"and {len(problems) - _NAMED} more")
    then = "ingested" if known.in_place else "sealed"
    return EngineError(f"{folder} is not as it was {then}: {', '.join(named)}.", _advice(problems, known))


def _advice(problems: Sequence[FileVerification], known: SealedFolder) -> str:
    if known.in_place:
        return "Footage in place has no copy in the studio. Restore the files from a backup, or ingest the new ones."
    if not known.is_original:
        return "cwtui offload copies the files again, as long as the card has them. Check the disk."
    if any(one.intact_copy for one in problems):
        return "Other disks have intact copies. cwtui verify --status lists them, cwtui verify --restore copies them."
    return "cwtui verify --status lists the files. Restore them from a backup."


TASK = Task(
    name="verify",
    version=1,
    parameters=VerifyParameters,
    run=_run,
    title=lambda p: f"verify {printable(Path(p.folder).name)} again",
    is_current=lambda context, result: False,
    # A job without cores never delays another job.
    needs=ResourceNeeds(cpu=0, memory=GIB, cpu_seconds=2 * DAYS),
    mutex=lambda p: "verify",
)
