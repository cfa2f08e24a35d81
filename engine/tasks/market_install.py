"""The job `market-install` reads a package in the sandbox, writes it again, and installs what it wrote."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.errors import RequestError
from engine.jobs import JobContext, JobRequest, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.market_measure import market_measure_request
from engine.tasks.parameters import Parameters
from engine.tasks.requests import ARRIVING
from engine.tasks.task import Task

MARKET_TRIALS = Path("work") / "market-trials"
"""The folder of a studio with packages that are tried and not installed."""
_MEMORY = 768 << 20
_CPU_SECONDS = 60


class MarketInstallParameters(Parameters):
    """The archive of a package with its SHA-256, the repository that offered it, and the chosen licence.

    With `trial`, its presets are written into a folder of their own, and the studio does not know them.
    """

    archive: Path
    sha256: str
    repository: str
    choice: str | None
    trial: bool = False


def market_install_request(
    context: TaskContext, archive: Path, repository: str = "", choice: str | None = None, trial: bool = False
) -> JobRequest:
    """Requests the installation of a package, or its trial. Raises RequestError if the archive cannot be read."""
    try:
        content = archive.read_bytes()
    except OSError as error:
        raise RequestError(f"{archive} cannot be read: {error.strerror}.", "Check the path.") from error
    parameters = MarketInstallParameters(
        archive=context.paths.relative(archive),
        sha256=hashlib.sha256(content).hexdigest(),
        repository=repository,
        choice=choice,
        trial=trial,
    )
    return TASK.request(context, parameters, None, priority=ARRIVING)


def _run(context: TaskContext, parameters: MarketInstallParameters, job: JobContext) -> dict[str, Any]:
    """The record of the installed package; of a trial also `folder`, which contains its files."""
    from engine.market import LookBadges, check_proof, choices_of, install, open_package, read_badges, write_badges

    path = context.paths.folder / parameters.archive
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != parameters.sha256:
        raise RequestError(f"{path} has changed since the installation was requested.", "Request it again.")
    scratch = job.folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        package = open_package(content, scratch)
        if parameters.trial:
            folder = context.paths.folder / MARKET_TRIALS / parameters.sha256[:16]
            choice = choices_of(package.manifest.licence)[0]
            record = install(folder, package, parameters.repository, choice)
            return {**record.model_dump(mode="json"), "folder": str(folder)}
        checked = check_proof(package, scratch)
        record = install(context.paths.folder, package, parameters.repository, parameters.choice)
        if checked:
            known = read_badges(context.paths.folder, record.sha256)
            badges = LookBadges(proof=checked, measure=known.measure if known else None)
            write_badges(context.paths.folder, record.sha256, badges)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return record.model_dump(mode="json")


def _successors(
    context: TaskContext, parameters: MarketInstallParameters, result: Mapping[str, Any]
) -> list[JobRequest]:
    """The measurement of an installed look."""
    from engine.market import PROVEN_KINDS, InstalledPackage, archive_path

    record = InstalledPackage.model_validate({name: one for name, one in result.items() if name != "folder"})
    if parameters.trial or record.manifest.kind not in PROVEN_KINDS:
        return []
    archive = archive_path(context.paths.folder, record.manifest)
    return [market_measure_request(context, archive, record.sha256, record.preset)]


TASK = Task(
    name="market-install",
    version=1,
    parameters=MarketInstallParameters,
    run=_run,
    title=lambda p: f"{'read' if p.trial else 'install'} {p.archive.name}",
    is_current=lambda context, result: False,
    needs=ResourceNeeds(cpu=1, memory=_MEMORY, cpu_seconds=_CPU_SECONDS),
    mutex=lambda p: "market",
    successors=_successors,
)
