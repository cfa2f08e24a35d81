"""A stretch of a picture becomes numbered frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.export import ExrForm, Origin
from engine.export.sequence import Numbering, SequenceRequest, frames_are_current, write_frames
from engine.ingest import picture_transform
from engine.jobs import JobContext
from engine.tasks.parameters import RenderParameters

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject


def render(studio: Studio, parameters: RenderParameters, context: JobContext) -> dict[str, Any]:
    """{folder, pattern, record, made, first_tick, first_number, frames, bytes, found, input_transform, conversion,
    notes}."""
    frames = frames_of(
        studio, parameters, studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest)
    )
    written = write_frames(frames, context.progress, context.cancelled)
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


def frames_of(studio: Studio, parameters: RenderParameters, subject: Subject) -> SequenceRequest:
    """What a render is asked to write. GateError where the picture waits for the director."""
    transform = picture_transform(subject.footage, parameters.input_transform)
    assert transform is not None
    return SequenceRequest(
        footage=subject.footage,
        label=parameters.label,
        input_transform=transform,
        ticks=range(parameters.first_tick, parameters.first_tick + parameters.frames),
        folder=studio.folder / parameters.folder,
        numbering=Numbering(parameters.pattern),
        first_number=parameters.first_number,
        form=ExrForm(parameters.half, parameters.compression, parameters.level),
        origin=Origin(subject.label if subject.take else "", parameters.source_digest),
        replace=parameters.replace,
        rendering=parameters.rendering,
    )


def render_is_current(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the frames are there, by their record and their sizes."""
    numbering = Numbering(result["pattern"])
    first, number = result["first_tick"], result["first_number"]
    files = [(first + n, numbering.name(number + n)) for n in range(result["frames"])]
    return frames_are_current(studio.folder / result["folder"], result["record"], files, result["made"])
