"""Footage comes in, and is looked at frame by frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import failure_as_json
from engine.jobs import JobContext
from engine.tasks.parameters import IngestParameters, ProbeParameters

if TYPE_CHECKING:
    from engine.studio import Studio


def ingest(studio: Studio, parameters: IngestParameters, context: JobContext) -> dict[str, Any]:
    """{takes, already_here, failed, left_alone, seal}."""
    from engine.transfer import import_footage

    arrivals = import_footage(
        studio.catalog,
        studio.folder,
        studio.project(parameters.project),
        parameters.paths,
        input_transform=parameters.input_transform,
        in_place=parameters.in_place,
        progress=lambda done, total, name: context.progress(done, total, "bytes", name),
        cancelled=context.cancelled,
    )
    return {
        "takes": [take.model_dump(mode="json") for take in arrivals.takes],
        "already_here": [take.model_dump(mode="json") for take in arrivals.already_here],
        "failed": [failure_as_json(path, error) for path, error in arrivals.failed],
        "left_alone": [str(path) for path in arrivals.left_alone],
        "seal": str(arrivals.seal) if arrivals.seal else None,
    }


def probe(studio: Studio, parameters: ProbeParameters, context: JobContext) -> dict[str, Any]:
    """{path, frames}: where every frame's time is kept, and how many there are. No path where there is no picture."""
    assert parameters.take
    take = studio.take_by_id(parameters.take)
    grid = studio.subject_of(take).footage.grid
    return {
        "path": str(studio.relative_path(studio.grid_path(take))) if grid else None,
        "frames": len(grid.sources) if grid else 0,
    }


def probe_is_current(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the frames' times are where they were put."""
    return result["path"] is None or (studio.folder / result["path"]).is_file()
