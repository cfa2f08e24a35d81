"""The part of a job's parameters that identifies a cut and its takes. The cut is stored as it was when it was asked."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import write_atomic
from engine.catalog import Encoding, Exact
from engine.deliver import CutRequest, CutTake, Recipe
from engine.errors import EngineError
from engine.tasks.context import TaskContext
from engine.tasks.named_paths import paths_in
from engine.tasks.parameters import Parameters, SubjectParameters
from engine.tasks.paths import find_project
from engine.tasks.requests import subject_parameters
from engine.tasks.source_seals import seal_of_take
from engine.timeline import Cut, read_rendition, rendition_bytes, rendition_digest

if TYPE_CHECKING:
    from engine.transfer import Subject


class CutTakeParameters(SubjectParameters):
    """A take of a cut, and the confirmed input transform of its picture."""

    input_transform: Encoding | None = None


class CutParameters(Parameters):
    """A cut of a project by the digest of its stored rendition, and its takes. `label` is the name of the cut.

    `seconds` is its length, and `canvas` its width and height in pixels: the time that the work takes depends on them.
    """

    project: str
    label: str
    rendition: str
    cut_takes: tuple[CutTakeParameters, ...]
    seconds: Exact
    canvas: tuple[int, int]


def cut_fields(context: TaskContext, project: str, cut: Cut, subjects: Mapping[str, Subject]) -> CutParameters:
    """The parameters for a cut; `subjects` are its takes by id. Stores the rendition of the cut."""
    digest = rendition_digest(cut)
    path = _path(context, project, digest)
    if not path.is_file():
        write_atomic(path, rendition_bytes(cut))
    takes = tuple(
        CutTakeParameters(**subject_parameters(subjects[take]), input_transform=subjects[take].input_transform)
        for take in cut.takes
    )
    return CutParameters(
        project=project,
        label=cut.name,
        rendition=digest,
        cut_takes=takes,
        seconds=cut.duration,
        canvas=(cut.width, cut.height),
    )


def without_transforms(cut: CutParameters) -> CutParameters:
    """The parameters of a job that reads no picture: a confirmed input transform does not change them."""
    takes = tuple(one.model_copy(update={"input_transform": None}) for one in cut.cut_takes)
    return cut.model_copy(update={"cut_takes": takes})


def rendition_path(context: TaskContext, parameters: CutParameters) -> Path:
    """The file with the cut of a job."""
    return _path(context, parameters.project, parameters.rendition)


def cut_paths(context: TaskContext, parameters: CutParameters) -> Iterator[Path]:
    """The files outside the studio that the cut itself names, such as the pictures of its titles."""
    path = rendition_path(context, parameters)
    # A missing or damaged file is an error of the job.
    with suppress(OSError, ValueError):
        yield from paths_in(context, json.loads(path.read_bytes()))


def read_cut(context: TaskContext, parameters: CutParameters) -> Cut:
    """The cut of a job. Raises EngineError if its file is missing or damaged."""
    path = rendition_path(context, parameters)
    try:
        cut = read_rendition(path.read_bytes())
    except FileNotFoundError:
        raise EngineError(f"{path} is missing.", "Deliver the cut again.") from None
    return replace(cut, name=parameters.label)


def cut_request(context: TaskContext, parameters: CutParameters, recipe: Recipe) -> CutRequest:
    """The request of a job, without captions. Raises EngineError if a take is missing."""
    takes = {}
    for one in parameters.cut_takes:
        subject = context.subjects.of_job(one)
        taken = cut_take(subject, one.input_transform)
        takes[one.take or ""] = replace(taken, seal=seal_of_take(context, subject.take))
    project = find_project(context.catalog, parameters.project).name
    return CutRequest(read_cut(context, parameters), takes, recipe, project=project)


def cut_take(subject: Subject, input_transform: Encoding | None = None) -> CutTake:
    """A take of a cut."""
    assert subject.take
    transform = input_transform or subject.input_transform
    return CutTake(subject.take.id, subject.label, subject.footage, subject.digest(), transform)


def _path(context: TaskContext, project: str, digest: str) -> Path:
    return context.paths.project_folder(project) / "work" / "cuts" / f"{digest}.json"
