"""The files outside the studio that a job may read, found in its parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import BaseModel

from engine.tasks.context import TaskContext
from engine.tasks.parameters import Parameters, SubjectParameters


def named_paths(context: TaskContext, parameters: Parameters) -> Iterator[Path]:
    """The files and folders outside the studio that the parameters name, and the models.

    The parameters of a job name everything that its result depends on: originals that stay in place, fonts, plugins and
    tables of looks. The files beside an original that belong to it, and the hash lists of its folder, are included.
    """
    from engine.models import models_folder

    yield models_folder()
    yield from paths_in(context, parameters)


def paths_in(context: TaskContext, value: object) -> Iterator[Path]:
    """The files and folders outside the studio that a value or its parts name."""
    for part in _parts(value):
        if isinstance(part, SubjectParameters):
            yield from _sidecars(context, part)
        elif (path := _as_path(part)) and not path.is_relative_to(context.paths.folder):
            # A pattern of numbered frames is not itself a file.
            place = path if path.exists() else path.parent
            # A text, such as a title's, may begin like a path: it must not open all files of the user.
            if isinstance(part, Path) or not Path.home().is_relative_to(place):
                yield place
            yield path.parent / "ascmhl"


def existing_paths(value: object) -> Iterator[Path]:
    """The files and folders that a value or its parts name by their place on this machine, apart from takes."""
    takes = {part.source for part in _parts(value) if isinstance(part, SubjectParameters) and part.take}
    for part in _parts(value):
        if (path := _as_path(part)) and path.parent != path and path not in takes and path.exists():
            yield path


def _as_path(value: object) -> Path | None:
    """The path that a value names; None if it is not an absolute one. “~” is the user's folder."""
    text = str(value) if isinstance(value, Path | str) else ""
    return Path(text).expanduser() if text.startswith(("/", "~/")) and "\0" not in text else None


def _sidecars(context: TaskContext, parameters: SubjectParameters) -> Iterator[Path]:
    take = context.catalog.take(parameters.take) if parameters.take else None
    for sidecar in take.sidecars if take else ():
        path = context.paths.folder / sidecar
        if not path.is_relative_to(context.paths.folder):
            yield path


def _parts(value: object) -> Iterator[object]:
    """A value and all its parts."""
    yield value
    if isinstance(value, BaseModel):
        yield from (part for one in value.__dict__.values() for part in _parts(one))
    elif isinstance(value, Mapping):
        yield from (part for one in value.values() for part in _parts(one))
    elif isinstance(value, tuple | list | frozenset | set):
        yield from (part for one in value for part in _parts(one))
