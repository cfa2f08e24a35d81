"""Chapters of a movie: written as a chapter list and a QuickTime chapter track, and read back."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
import av.error

from engine.errors import EngineError

_UNIT = Fraction(1, 1000)


@dataclass(frozen=True, slots=True)
class MovieChapter:
    """A chapter: its start in seconds, and its title. It ends where the next one starts."""

    start: Fraction
    title: str


def add_chapters(movie: Any, chapters: Sequence[MovieChapter], duration: Fraction) -> None:
    """Adds chapters to an open MP4 or QuickTime movie of `duration` seconds, before its first packet."""
    edges = [*(_ticks(chapter.start) for chapter in chapters), _ticks(duration)]
    movie.set_chapters(
        [
            {"id": number, "start": start, "end": max(start, end), "time_base": _UNIT, "metadata": {"title": one.title}}
            for number, (one, (start, end)) in enumerate(zip(chapters, pairwise(edges), strict=True))
        ]
    )


def chapters_in(movie: Path) -> list[MovieChapter]:
    """The chapters of a finished movie. Raises EngineError if it cannot be read."""
    try:
        with av.open(os.path.abspath(movie)) as file:
            found: Any = file.chapters()
    except (av.error.FFmpegError, OSError) as error:
        raise EngineError(f"The chapters in {movie.name} cannot be read: {error}.", "Deliver it again.") from error
    return [MovieChapter(one["start"] * Fraction(one["time_base"]), one["metadata"].get("title", "")) for one in found]


def _ticks(seconds: Fraction) -> int:
    return int(seconds / _UNIT)
