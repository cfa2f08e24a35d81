"""The job `draft` makes a small movie of a take fast, to watch until the exact proxy exists."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.atomic_files import temporary_path
from engine.catalog import Encoding, Take
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import draft_path, proxy_path
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import DAYS, SOON, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import Subject

_RATE, _BIT_RATE = 48_000, 96_000


class DraftParameters(SubjectParameters):
    """The take, and its confirmed input transform."""

    input_transform: Encoding


def draft_request(context: TaskContext, take: Take, priority: int = SOON) -> JobRequest | None:
    """Requests a draft. None without a supported movie or a confirmed input transform, or if the proxy exists."""
    picture, transform = take.probe.picture, take.input_transform
    if picture is None or picture.unsupported is not None or transform is None or transform is Encoding.EXR:
        return None
    if proxy_path(context.paths, take).is_file():
        return None
    subject = context.subjects.unprobed(take)
    parameters = DraftParameters(**subject_parameters(subject), input_transform=transform)
    return TASK.request(context, parameters, project_of(subject), priority=priority)


def _run(context: TaskContext, parameters: DraftParameters, job: JobContext) -> dict[str, Any]:
    """{path}: the draft."""
    from engine.picture import write_draft

    assert parameters.take
    take = context.subjects.take(parameters.take)
    subject = context.subjects.opened(take)
    footage = subject.footage
    assert footage.probe.picture
    assert footage.grid
    whole = int(footage.grid.duration * 1000)
    path = draft_path(context.paths, take)
    with temporary_path(job.folder / "sound.m4a") as sound:
        write_draft(
            path,
            footage.path,
            footage.probe.picture,
            parameters.input_transform,
            footage.grid,
            sound=_write_sound(subject, sound, job) if subject.has_sound else None,
            progress=lambda seconds: job.progress(min(int(seconds * 1000), whole), whole, "ms", parameters.label),
            cancelled=job.cancelled,
        )
    return {"path": str(context.paths.relative(path))}


def _write_sound(subject: Subject, path: Path, job: JobContext) -> Path:
    """Writes the take's sound without any processing."""
    from engine.sound import encode, read_blocks

    footage = subject.footage
    assert footage.grid
    blocks = read_blocks(footage.path, rate=_RATE, end=footage.grid.duration, cancelled=job.cancelled)
    encode(blocks, path, "ipod", codec="aac", bit_rate=_BIT_RATE, rate=_RATE, edit_list=True)
    return path


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the draft exists, or the exact proxy in its place."""
    path = context.paths.folder / str(result["path"])
    return path.is_file() or path.with_name(path.name.replace(".draft.mp4", ".mp4")).is_file()


TASK = Task(
    name="draft",
    version=1,
    parameters=DraftParameters,
    run=_run,
    title=lambda p: f"make the draft proxy of {p.label}",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=2, memory=2 * GIB, cpu_seconds=DAYS),
    remote=lambda context: take_work(context, "path", exact=True),
)
