"""The masks, depth and flow that the looks of a delivery read: stored ones, or the jobs that make them first."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from engine.catalog import Encoding
from engine.jobs import JobRequest
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import ResultPaths, perception_folder

if TYPE_CHECKING:
    from engine.deliver import CutRequest
    from engine.looks import Look
    from engine.perception import PerceivedSources, ProductKind
    from engine.transfer import Subject

# A part of a take is analysed from and to multiples of so many seconds, so that a changed trim needs no other analysis.
_STEP = 10


@dataclass(frozen=True, slots=True)
class NeededSources:
    """The products that looks read of a take: the names of their folders, which are the ids of the jobs that make
    them; and those of these jobs that are to run first."""

    folders: tuple[str, ...] = ()
    jobs: tuple[JobRequest, ...] = ()


def needed_sources(
    context: TaskContext,
    subject: Subject,
    looks: Iterable[Look],
    start: Fraction,
    end: Fraction | None,
    *,
    input_transform: Encoding | None = None,
    priority: int,
) -> NeededSources:
    """What the looks of a stretch of a take, in seconds as recorded, read of it.

    Stored products that cover the stretch are used, the newest first; others are requested from the usual models.
    Raises RequestError, with the command that adds it, if there is no model.
    """
    kinds = kinds_of(looks)
    grid = subject.footage.grid
    if not kinds or grid is None:
        return NeededSources()
    until = grid.duration if end is None else min(end, grid.duration)
    ticks = range(grid.tick_at(start), max(grid.tick_at(start) + 1, min(round(until * grid.rate), len(grid.sources))))
    take = subject.take.id if subject.take else None
    stored = _covering(perception_folder(context.paths, take, subject.digest()), kinds, ticks)
    missing = [kind for kind in kinds if kind not in stored]
    if not missing:
        return NeededSources(tuple(dict.fromkeys(stored.values())))
    from engine.tasks.perceive import perceive_request

    first, last = Fraction(math.floor(start / _STEP) * _STEP), Fraction(math.ceil(until / _STEP) * _STEP)
    job = perceive_request(
        context,
        subject,
        missing,
        start=first,
        end=last if last < grid.duration else None,
        input_transform=input_transform,
        priority=priority,
    )
    return NeededSources((*dict.fromkeys(stored.values()), job.id), (job,))


def cut_sources(
    context: TaskContext, order: CutRequest, subjects: Mapping[str, Subject], priority: int
) -> dict[str, NeededSources]:
    """What the looks of a film read, by take; errors as `needed_sources`."""
    if not order.recipe.shows or not any(look.reads for look in order.looks.values()):
        return {}
    found = {}
    for take in order.cut.takes:
        looks = [look for clip in order.cut.clips if clip.take == take and (look := order.look_of(clip))]
        used = order.used(take)
        if not used or not order.takes[take].has_picture:
            continue
        transform, end = order.takes[take].input_transform, used[-1][1]
        needed = needed_sources(
            context, subjects[take], looks, used[0][0], end, input_transform=transform, priority=priority
        )
        if needed.folders:
            found[take] = needed
    return found


def kinds_of(looks: Iterable[Look]) -> tuple[ProductKind, ...]:
    """The kinds of products that looks read."""
    names = dict.fromkeys(name for look in looks for name in look.reads)
    if not names:
        return ()
    from engine.perception import product_kinds

    return product_kinds(names)


def open_sources(
    context: TaskContext, parameters: SubjectParameters, folders: Collection[str], stack: ExitStack
) -> PerceivedSources | None:
    """The sources of a job, from its folders by name; `stack` closes them. Raises EngineError if they are missing."""
    if not folders:
        return None
    home = perception_folder(context.paths, parameters.take, parameters.source_digest)
    return stored_sources([home / name for name in folders], stack)


def stored_folders(paths: ResultPaths, subject: Subject) -> list[Path]:
    """The folders with finished products of a take or a file, the newest first."""
    from engine.perception import finished_perception

    take = subject.take.id if subject.take else None
    return finished_perception(perception_folder(paths, take, subject.digest()))


def stored_sources(folders: Sequence[Path], stack: ExitStack) -> PerceivedSources:
    """The sources in folders with finished products; `stack` closes them. Raises EngineError if they are missing."""
    from engine.perception import PerceivedSources, PerceptionReader

    return PerceivedSources(stack.enter_context(PerceptionReader(*folders)), tuple(one.name for one in folders))


def _covering(home: Path, kinds: Collection[ProductKind], ticks: range) -> dict[ProductKind, str]:
    """The newest folder with each kind for all ticks."""
    from engine.perception import finished_perception, read_index

    found: dict[ProductKind, str] = {}
    for folder in finished_perception(home):
        index = read_index(folder)
        if ticks.start < index.ticks.start or ticks.stop > index.ticks.stop:
            continue
        for kind in kinds:
            if kind not in found and index.product(kind):
                found[kind] = folder.name
    return found
