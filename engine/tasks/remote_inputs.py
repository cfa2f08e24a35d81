"""What jobs read of a studio, for another machine: the footage of a take, and the files of earlier results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from engine.catalog import Take
from engine.deliver import SOFTWARE, software_of_any_device
from engine.errors import RequestError
from engine.jobs import RemoteInput, RemoteWork
from engine.tasks.context import TaskContext
from engine.tasks.named_paths import existing_paths
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import perception_folder

Content = Literal["originals", "proxies", "intermediates"]


def take_inputs(context: TaskContext, parameters: SubjectParameters) -> Iterator[RemoteInput]:
    """The footage of a take with the files beside it, and its frame times.

    Footage that stays outside the studio has a place of its own on another machine. Raises RequestError if it is not a
    single file.
    """
    take = context.catalog.take(parameters.take) if parameters.take else None
    if take is None:
        raise RequestError(f"{parameters.label} is a file outside the project.", "Ingest it to use the farm.")
    for name in (take.path, *take.sidecars):
        place = context.paths.relative(context.paths.folder / name)
        if place.is_absolute():
            yield _outside(context, take, name)
        else:
            yield from _files(context, place, "originals")
    grid = context.paths.grid_path(take)
    if grid.is_file():
        yield RemoteInput(grid, context.paths.relative(grid), "intermediates")


def result_inputs(
    context: TaskContext, results: Iterable[Mapping[str, Any]], content: Content = "intermediates"
) -> Iterator[RemoteInput]:
    """The files and folders that results name by `path`, `folder` and `report`."""
    for result in results:
        for field in ("path", "folder", "report"):
            if place := result.get(field):
                yield from _files(context, Path(str(place)), content)


def product_inputs(
    context: TaskContext, parameters: SubjectParameters, folders: Iterable[str]
) -> Iterator[RemoteInput]:
    """The stored masks and other products of a take, by the names of their folders."""
    home = perception_folder(context.paths, parameters.take, parameters.source_digest)
    for name in folders:
        yield from _files(context, context.paths.relative(home / name), "intermediates")


def refuse_outside_files(value: object) -> None:
    """Raises RequestError if a value names a file by its place on this machine, such as a font or a table."""
    for path in existing_paths(value):
        raise RequestError(f"{path.name} is read from its place on this machine.", "Such a job runs here.")


def without_duplicates(inputs: Iterable[RemoteInput]) -> Iterator[RemoteInput]:
    """The inputs, each place once."""
    yield from {one.place: one for one in inputs}.values()


def take_work(context: TaskContext, *outputs: str, exact: bool = False) -> RemoteWork[Any]:
    """How a job that reads one take runs elsewhere; `outputs` are the fields of its result that name files.

    Its models have to be the same, as all software; another device may round otherwise.
    """

    def inputs(parameters: Any, results: Mapping[str, Mapping[str, Any]]) -> Iterator[RemoteInput]:
        yield from take_inputs(context, parameters)
        refuse_outside_files(parameters)
        yield from result_inputs(context, results.values())

    def made(parameters: Any, result: Mapping[str, Any]) -> Iterator[Path]:
        for field in outputs:
            value = result[field]
            yield from map(Path, [value] if isinstance(value, str) else value)

    return RemoteWork(
        inputs,
        made,
        lambda parameters: [parameters.take] if parameters.take else [],
        identity=lambda parameters: software_of_any_device().digest((*SOFTWARE, "models")),
        exact=exact,
    )


def _outside(context: TaskContext, take: Take, path: Path) -> RemoteInput:
    if not path.is_file():
        raise RequestError(f"{path.name} is not a single file.", "Numbered frames are read on this machine.")
    folder = context.paths.relative(context.paths.project_folder(take.project_id))
    return RemoteInput(path, folder / "originals" / f"outside-{take.id}" / path.name, "originals")


def _files(context: TaskContext, place: Path, content: Content) -> Iterator[RemoteInput]:
    whole = context.paths.folder / place
    if place.is_absolute():
        raise RequestError(f"{place.name} is outside the studio folder.", "Ingest it into the project to use the farm.")
    if whole.is_dir():
        for path in sorted(whole.rglob("*")):
            if path.is_file():
                yield RemoteInput(path, context.paths.relative(path), content)
    elif whole.is_file():
        yield RemoteInput(whole, place, content)
    elif content == "originals":
        raise RequestError(f"{place.name} is not a single file.", "Numbered frames are read on this machine.")
