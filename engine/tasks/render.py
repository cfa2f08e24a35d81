"""The job `render` writes a stretch of a source as numbered frames."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Encoding
from engine.errors import EngineError, GateError
from engine.export import ExrForm, Origin, export_values, refuse_unfit
from engine.export.sequence import (
    Numbering,
    SequenceRequest,
    frame_range,
    frames_are_current,
    refuse_to_overwrite,
    write_frames,
)
from engine.ingest import picture_transform
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.picture import Compression, Rendering
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.requests import DAYS, REQUESTED, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.transfer import Subject


class RenderParameters(SubjectParameters):
    """`frames` frames from `first_tick` on, as files in `folder`.

    They are numbered from `first_number` by `pattern` (shot.####.exr).
    """

    input_transform: Encoding | None
    first_tick: int
    frames: int
    first_number: int
    folder: Path
    pattern: str
    half: bool
    compression: Compression
    level: float
    replace: bool
    rendering: Rendering = "as-shot"


def render_request(
    context: TaskContext,
    subject: Subject,
    out: Path,
    form: ExrForm,
    *,
    start: Fraction | None = None,
    end: Fraction | None = None,
    whole: bool = False,
    first_number: int | None = None,
    input_transform: Encoding | None = None,
    replace: bool = False,
    rendering: Rendering | None = None,
) -> JobRequest:
    """Requests a stretch as frames named by the pattern `out` (DIR/shot.####.exr), by default numbered by tick.

    The job for a log take is blocked until its input transform is confirmed. Raises RequestError if the stretch cannot
    be written or other files have these names, GateError for a log file without an input transform, PolicyError if a
    policy does not permit it.
    """
    numbering = Numbering(out.name)
    refuse_unfit(out.name, form, rendering)
    context.gate.require("export", **export_values(out.name, subject.footage.probe.picture))
    ticks = frame_range(subject.footage, subject.label, start, end, numbering, form, whole=whole)
    parameters = RenderParameters(
        **subject_parameters(subject),
        input_transform=input_transform or subject.input_transform,
        first_tick=ticks.start,
        frames=len(ticks),
        first_number=ticks.start if first_number is None else first_number,
        folder=context.paths.relative(out.parent),
        pattern=out.name,
        half=form.half,
        compression=form.compression,
        level=form.level,
        replace=replace,
        rendering=rendering or "as-shot",
    )
    waits_for: EngineError | None = None
    try:
        refuse_to_overwrite(_sequence(context, parameters, subject))
    except GateError as gate:
        if subject.take is None:
            raise
        waits_for = gate
    return TASK.request(context, parameters, project_of(subject), (), REQUESTED, waits_for)


def _sequence(context: TaskContext, parameters: RenderParameters, subject: Subject) -> SequenceRequest:
    """The frames to write. Raises GateError if the input transform is not confirmed."""
    transform = picture_transform(subject.footage, parameters.input_transform)
    assert transform is not None
    return SequenceRequest(
        footage=subject.footage,
        label=parameters.label,
        input_transform=transform,
        ticks=range(parameters.first_tick, parameters.first_tick + parameters.frames),
        folder=context.paths.folder / parameters.folder,
        numbering=Numbering(parameters.pattern),
        first_number=parameters.first_number,
        form=ExrForm(parameters.half, parameters.compression, parameters.level),
        origin=Origin(subject.label if subject.take else "", parameters.source_digest),
        replace=parameters.replace,
        rendering=parameters.rendering,
    )


def _run(context: TaskContext, parameters: RenderParameters, job: JobContext) -> dict[str, Any]:
    """{folder, pattern, record, made, first_tick, first_number, frames, bytes, found, input_transform, conversion,
    notes}."""
    frames = _sequence(context, parameters, context.subjects.of_job(parameters))
    permission = context.gate.require("export", **export_values(parameters.pattern, frames.footage.probe.picture))
    written = write_frames(permission, frames, job.progress, job.cancelled)
    return {
        "folder": str(parameters.folder),
        "pattern": parameters.pattern,
        "record": frames.record.name,
        "made": frames.made,
        "first_tick": parameters.first_tick,
        "first_number": parameters.first_number,
        "frames": parameters.frames,
        "bytes": written.bytes,
        "found": written.found,
        "input_transform": str(frames.input_transform),
        "conversion": frames.conversion,
        "notes": list(written.notes),
    }


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the frames exist, by their record and their sizes."""
    numbering = Numbering(result["pattern"])
    first, number = result["first_tick"], result["first_number"]
    files = [(first + n, numbering.name(number + n)) for n in range(result["frames"])]
    return frames_are_current(context.paths.folder / result["folder"], result["record"], files, result["made"])


TASK = Task(
    name="render",
    version=3,
    parameters=RenderParameters,
    run=_run,
    title=lambda p: f"render {p.label}, {p.frames} frame{'s' if p.frames != 1 else ''} to {p.pattern}",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=2, memory=6 * GIB, gpu=True, cpu_seconds=7 * DAYS),
    mutex=lambda p: f"render {p.folder}",
    writes=lambda p: (p.folder,) if p.folder.is_absolute() else (),
)
