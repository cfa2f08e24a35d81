"""Footage as the other packages work on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.catalog import Probe
from engine.time import FrameGrid


@dataclass(frozen=True, slots=True)
class Footage:
    """A file (or frame sequence) as the rooms work on it: where it is, what is in it, its frame times."""

    path: Path
    name: str
    probe: Probe
    grid: FrameGrid | None
