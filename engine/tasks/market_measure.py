"""The job `market-measure` measures what an installed look does and costs on this device, after its installation."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import Any

from engine.errors import RequestError
from engine.jobs import JobContext, JobRequest, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.parameters import Parameters
from engine.tasks.requests import SOON
from engine.tasks.task import Task

_MEMORY = 1 << 30
_CPU_SECONDS = 120


class MarketMeasureParameters(Parameters):
    """The archive of an installed package with its SHA-256, and the name of its preset."""

    archive: Path
    sha256: str
    preset: str


def market_measure_request(context: TaskContext, archive: Path, sha256: str, preset: str) -> JobRequest:
    """Requests the measurement of an installed package."""
    parameters = MarketMeasureParameters(archive=context.paths.relative(archive), sha256=sha256, preset=preset)
    return TASK.request(context, parameters, None, priority=SOON)


def _run(context: TaskContext, parameters: MarketMeasureParameters, job: JobContext) -> dict[str, Any]:
    """The badges; empty if the package was removed meanwhile."""
    from engine.market import measure_look, open_package, read_badges, write_badges

    studio = context.paths.folder
    known = read_badges(studio, parameters.sha256)
    path = studio / parameters.archive
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        return {}
    if known is None:
        return {}
    if hashlib.sha256(content).hexdigest() != parameters.sha256:
        raise RequestError(f"{path} has changed since it was installed.", "cwtui market verify shows what is wrong.")
    scratch = job.folder / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    try:
        measured = measure_look(open_package(content, scratch), scratch)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    badges = known.model_copy(update={"measure": measured})
    write_badges(studio, parameters.sha256, badges)
    return badges.model_dump(mode="json")


TASK = Task(
    name="market-measure",
    version=1,
    parameters=MarketMeasureParameters,
    run=_run,
    title=lambda p: f"measure {p.preset}",
    # An earlier measurement may be that of another device.
    is_current=lambda context, result: False,
    needs=ResourceNeeds(cpu=1, memory=_MEMORY, gpu=True, cpu_seconds=_CPU_SECONDS),
    mutex=lambda p: "market-measure",
)
