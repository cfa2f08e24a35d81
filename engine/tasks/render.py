"""A stretch of a picture becomes numbered frames."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.export import ExrForm, Origin
from engine.export.sequence import Frames, Numbering, frames_intact, write_frames
from engine.ingest import picture_transform
from engine.jobs import JobContext
from engine.tasks.parameters import RenderParameters

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.transfer import Subject


def render(studio: Studio, asked: RenderParameters, context: JobContext) -> dict[str, Any]:
    """{folder, pattern, record, made, first_tick, first_number, frames, bytes, found, input_transform, conversion,
    notes}."""
    frames = frames_of(studio, asked, studio.subject_again(asked.take, asked.source, asked.source_digest))
    written = write_frames(frames, context.progress, context.cancelled)
    return {
        "folder": str(asked.folder),
        "pattern": asked.pattern,
        "record": frames.record.name,
        "made": frames.made,
        "first_tick": asked.first_tick,
        "first_number": asked.first_number,
        "frames": asked.frames,
        "bytes": written.bytes,
        "found": written.found,
        "input_transform": str(frames.input_transform),
        "conversion": frames.conversion,
        "notes": list(written.notes),
    }


def frames_of(studio: Studio, asked: RenderParameters, subject: Subject) -> Frames:
    """What a render is asked to write. GateError where the picture waits for the director."""
    transform = picture_transform(subject.footage, asked.input_transform)
    assert transform is not None
    return Frames(
        footage=subject.footage,
        label=asked.label,
        input_transform=transform,
        ticks=range(asked.first_tick, asked.first_tick + asked.frames),
        folder=studio.folder / asked.folder,
        numbering=Numbering(asked.pattern),
        first_number=asked.first_number,
        form=ExrForm(asked.half, asked.compression, asked.level),
        origin=Origin(subject.label if subject.take else "", asked.source_digest),
        replace=asked.replace,
        rendering=asked.rendering,
    )


def render_intact(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the frames are there, by their record and their sizes."""
    numbering = Numbering(result["pattern"])
    first, number = result["first_tick"], result["first_number"]
    files = [(first + n, numbering.name(number + n)) for n in range(result["frames"])]
    return frames_intact(studio.folder / result["folder"], result["record"], files, result["made"])
