"""Storage of a take's frame grid as a JSON file."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError

from engine.atomic_files import write_atomic
from engine.catalog import Exact, FrozenModel
from engine.time import FrameGrid


class StoredGrid(FrozenModel):
    """A FrameGrid as JSON."""

    rate: Exact
    time_base: Exact
    pts: tuple[int, ...]
    sources: tuple[int, ...]
    variable: bool
    origin: Exact


def write_grid(path: Path, grid: FrameGrid) -> None:
    """Store a grid, atomically."""
    stored = StoredGrid(
        rate=grid.rate,
        time_base=grid.time_base,
        pts=grid.pts,
        sources=grid.sources,
        variable=grid.variable,
        origin=grid.origin,
    )
    write_atomic(path, stored.model_dump_json().encode())


def read_grid(path: Path) -> FrameGrid | None:
    """Return the stored grid, or None if it is missing or unreadable and has to be determined again."""
    try:
        stored = StoredGrid.model_validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return FrameGrid(stored.rate, stored.time_base, stored.pts, stored.sources, stored.variable, stored.origin)
