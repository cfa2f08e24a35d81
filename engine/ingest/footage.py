"""The footage value that other packages take as input."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.catalog import Probe
from engine.time import FrameGrid


@dataclass(frozen=True, slots=True)
class Footage:
    """A file or frame sequence: its path, name, probe, and frame times (None without picture)."""

    path: Path
    name: str
    probe: Probe
    grid: FrameGrid | None
