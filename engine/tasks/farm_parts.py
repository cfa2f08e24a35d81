"""The parts of a delivery's picture that jobs of their own rendered: compared with this software, and collected."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import FrozenModel
from engine.deliver import SOFTWARE, FarmParts, Identity, RenderedPart, different_parts, software_identity
from engine.errors import EngineError
from engine.jobs import JobContext
from engine.tasks.context import TaskContext

if TYPE_CHECKING:
    from engine.deliver import MovieRequest, Part


_RETENTION_S = 7 * 24 * 3600


class FarmUse(FrozenModel):
    """How a delivery uses the farm: the jobs that render its parts, in order; `refused`: why there are none.

    `mixed`: the parts may come from different devices; the joins between them are then compared. `copies` is the job
    that found which frames of a film are copied.
    """

    jobs: tuple[str, ...] = ()
    mixed: bool = False
    refused: str = ""
    copies: str | None = None


def compared_parts(*, mixed: bool) -> tuple[Part, ...]:
    """The parts of the identity that all chunks of a movie have in common."""
    return SOFTWARE if mixed else (*SOFTWARE, "device")


def copied_of(results: Mapping[str, Mapping[str, Any]], copies: str | None) -> dict[range, int]:
    """The frames of a film that are copied, with their bits, by the result of a job `cut-copies`; none without one."""
    return {range(start, stop): bits for start, stop, bits in results[copies]["copied"]} if copies else {}


def movie_folder(job: Path) -> Path:
    """The work folder of a delivery, or of a part of it, below that of its job."""
    return job / "movie"


def collected_parts(
    context: TaskContext, use: FarmUse | None, order: MovieRequest, job: JobContext
) -> FarmParts | None:
    """Adds the rendered parts to the work folder of a delivery, and returns what its receipt says about them.

    Raises EngineError, with the name of the machine, if a part was made with other software than this.
    """
    if use is None:
        return None
    own = software_identity()
    if not use.jobs:
        return FarmParts(refused=use.refused, device=own.device)
    from engine.deliver import add_part, has_part

    work, parts, missing = movie_folder(job.folder), list[RenderedPart](), 0
    copied = copied_of(job.results, use.copies)
    for job_id in use.jobs:
        result = job.results[job_id]
        part = rendered_part(context, job_id, result)
        theirs = Identity.model_validate(result["identity"])
        if different := different_parts(theirs, own, compared_parts(mixed=use.mixed)):
            where = f"on {part.machine}" if part.machine else "earlier on this machine"
            hint = "Install the same version of Cleanwater on both machines and deliver again."
            if theirs.device != own.device and not use.mixed:
                hint = "Deliver with --mixed, which compares the joins between devices, or without --farm."
            raise EngineError(
                f"Frames {part.first} to {part.first + part.frames - 1} were rendered {where} with {different}.", hint
            )
        add_part(order, context.paths.folder / str(result["folder"]), work)
        frames = range(part.first, part.first + part.frames)
        if has_part(order, frames, work, copied):
            parts.append(part)
        else:
            missing += 1
    return FarmParts(tuple(parts), missing=missing, device=own.device)


def rendered_part(context: TaskContext, job_id: str, result: Mapping[str, Any]) -> RenderedPart:
    """The record of a part by the result of its job, with the machine that answered."""
    lease = context.catalog.farm.answered(job_id)
    machine = context.catalog.farm.machine(lease.machine) if lease and lease.machine else None
    return RenderedPart(
        first=int(result["first"]),
        frames=int(result["frames"]),
        machine=machine.label if machine else (lease.machine or "") if lease else "",
        device=str(result["identity"]["device"]),
        seconds=result["seconds"],
    )


def forget_parts(context: TaskContext, use: FarmUse | None, job: JobContext) -> None:
    """Removes the files of the parts of a finished delivery, and those of which no delivery was made in a week."""
    folders = [context.paths.folder / str(job.results[job_id]["folder"]) for job_id in use.jobs] if use else []
    oldest = time.time() - _RETENTION_S
    for home in {folder.parent for folder in folders}:
        with suppress(FileNotFoundError):
            folders += [one for one in home.iterdir() if one.stat().st_mtime < oldest]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
