"""The paths of kept results that other packages look for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.studio import Studio


def transcript_path(studio: Studio, take: str | None, label: str, source_digest: str) -> Path:
    """Where a transcript is kept."""
    if take is None:
        return studio.artifact_folder(None) / f"{source_digest}.transcript.json"
    project = studio.project(studio.take_by_id(take).project_id)
    return studio.folder / project.folder / "transcripts" / f"{label}.json"
