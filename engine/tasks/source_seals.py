"""The seals of the takes of a delivery."""

from __future__ import annotations

from engine.catalog import Take
from engine.deliver import SourceSeal, newest_seal
from engine.tasks.context import TaskContext
from engine.tasks.paths import find_project


def seal_of_take(context: TaskContext, take: Take | None) -> SourceSeal | None:
    """The newest seal of the footage of a take; None for a file without a take, and for footage left in place."""
    if take is None or take.batch_id is None:
        return None
    batches = context.catalog.batches(find_project(context.catalog, take.project_id))
    batch = next((one for one in batches if one.id == take.batch_id and one.sealed_at), None)
    return newest_seal(context.paths.folder, batch.folder) if batch else None
