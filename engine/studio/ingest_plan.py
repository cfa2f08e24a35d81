"""Plans an ingest without writing to the studio, and lists the folders of earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog import Catalog, Encoding
from engine.errors import RequestError
from engine.studio.studio import Studio

if TYPE_CHECKING:
    from engine.transfer import ImportPlan

# The ingests among which recent folders are searched.
_RECENT_INGESTS = 40


def plan_ingest(
    folder: Path,
    project_name: str | None,
    paths: Sequence[Path],
    *,
    input_transform: Encoding | None = None,
    in_place: bool = False,
    progress: Callable[[int, int, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> ImportPlan:
    """Return what an ingest of these paths into a project would do. Writes nothing, and creates no studio.

    `project_name` is None for the only project, or for none yet. `progress` gets (done, total, name). Raises
    RequestError for an unknown project, Cancelled.
    """
    from engine.transfer import plan_import

    plan = partial(
        plan_import,
        paths=paths,
        input_transform=input_transform,
        in_place=in_place,
        progress=progress,
        cancelled=cancelled,
    )
    if not Catalog.exists_in(folder):
        if project_name is not None:
            raise RequestError(f"There is no project “{project_name}”.", "cwtui new creates one.")
        return plan(None, folder, None)
    with Studio(folder) as studio:
        known = project_name is not None or studio.catalog.projects()
        return plan(studio.catalog, studio.folder, studio.project(project_name) if known else None)


def recent_sources(folder: Path, most: int = 6) -> list[Path]:
    """Return the folders of a studio's last ingests, the newest first; none if the studio does not exist."""
    if not Catalog.exists_in(folder):
        return []
    catalog = Catalog.in_studio(folder)
    try:
        jobs = catalog.queue.jobs(kind="ingest", limit=_RECENT_INGESTS)
    finally:
        catalog.close()
    found: dict[Path, None] = {}
    for job in jobs:
        for path in (Path(str(path)) for path in job.parameters.get("paths", ())):
            found.setdefault(path.parent if path.suffix else path)
    return list(found)[:most]
