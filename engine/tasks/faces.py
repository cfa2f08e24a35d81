"""The job `faces` finds and measures the faces of a take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.catalog import Encoding, JobState, Take
from engine.errors import Cancelled, EngineError
from engine.ingest import picture_transform
from engine.jobs import GIB, JobContext, JobRequest, RemoteInput, RemoteWork, ResourceNeeds
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import perception_folder
from engine.tasks.remote_inputs import product_inputs, take_work
from engine.tasks.requests import DAYS, REQUESTED, project_of, subject_parameters
from engine.tasks.results import content_is_current, current_bytes, store
from engine.tasks.take_sources import stored_folders
from engine.tasks.task import Task
from engine.validation import read_json

if TYPE_CHECKING:
    from engine.perception import AnalysisFrame, FaceProvider, ProviderIdentity, TakeFaces
    from engine.transfer import Subject

# Blinks and syllables need so many frames a second.
_ENOUGH = 12
# The short edge of the analysed frames, in pixels.
_SHORT_EDGE = 540


class FacesParameters(SubjectParameters):
    """A take or a file, the confirmed input transform of its picture, and the model that finds the faces.

    `stored` is the folder of a finished pass whose faces are measured, by name; empty: they are found first.
    """

    input_transform: Encoding | None = None
    model: str
    model_digest: str
    stored: str = ""


def faces_request(
    context: TaskContext, subject: Subject, input_transform: Encoding | None = None, priority: int = REQUESTED
) -> JobRequest:
    """Requests the faces of a subject with a picture.

    Faces that `cwtui perceive` has found in pictures of this size, and as often, are not looked for again. Raises
    EngineError, with the command that adds the model, if it is missing.
    """
    from engine.perception import open_face_provider

    provider = open_face_provider()
    identity = provider.identity
    provider.close()
    parameters = FacesParameters(
        **subject_parameters(subject),
        input_transform=input_transform or subject.input_transform,
        model=identity.model,
        model_digest=identity.digest,
    )
    project = project_of(subject)
    found = context.catalog.queue.job(TASK.job_id(parameters))
    if found is None or found.state is not JobState.DONE:
        parameters = parameters.model_copy(update={"stored": _stored_pass(context, subject, identity)})
    return TASK.request(context, parameters, project, priority=priority)


def _stored_pass(context: TaskContext, subject: Subject, identity: ProviderIdentity) -> str:
    """The newest pass with faces by the same model, of all ticks, as large and as often as this job finds them."""
    from engine.perception import read_index
    from engine.picture import small_size

    picture, grid = subject.footage.probe.picture, subject.footage.grid
    if picture is None or grid is None:
        return ""
    width, height = small_size(picture, _SHORT_EDGE)
    for folder in stored_folders(context.paths, subject):
        index = read_index(folder)
        record = index.product("face")
        if (
            record
            and (record.identity.name, record.identity.digest) == (identity.name, identity.digest)
            and index.ticks == range(len(grid.sources))
            and index.width >= width
            and index.height >= height
            and record.every <= _step(grid.rate) + 1
        ):
            return folder.name
    return ""


def _step(rate: Fraction) -> int:
    """The ticks from one measured frame to the next."""
    return max(1, int(rate // _ENOUGH))


def read_faces(context: TaskContext, result: Mapping[str, Any]) -> TakeFaces:
    """The faces in the result of a job. Raises EngineError if their file is missing or damaged."""
    from engine.perception import TakeFaces

    content = current_bytes(context, result)
    return read_json(TakeFaces, content, str(result["path"]), "Run the command again to recreate it.")


def finished_faces(context: TaskContext, take: Take) -> TakeFaces | None:
    """The faces of a take that a job has found; None if there are none, or their file is missing."""
    for job in context.catalog.queue.done(TASK.name, take.project_id, take.id):
        if job.parameters.get("source_digest") == take.digest and job.result:
            with suppress(EngineError):
                return read_faces(context, job.result)
    return None


def _run(context: TaskContext, parameters: FacesParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the faces."""
    from engine.perception import PerceptionReader, StoredFaces, measure_faces, open_face_provider

    subject = context.subjects.of_job(parameters)
    grid = subject.footage.grid
    if grid is None or subject.footage.probe.picture is None:
        raise EngineError(f"{parameters.label} has no picture.", "Choose a take with a picture.")
    ticks = len(grid.sources)
    provider: FaceProvider
    if parameters.stored:
        home = perception_folder(context.paths, parameters.take, parameters.source_digest)
        stored = StoredFaces(PerceptionReader(home / parameters.stored))
        provider, step = stored, stored.every
    else:
        provider, step = open_face_provider(), _step(grid.rate)
    if provider.identity.digest != parameters.model_digest:
        raise EngineError(
            f"The model {parameters.model} has changed since the job was queued.", "Run the command again."
        )

    def progressed(tick: int) -> None:
        job.progress(tick + 1, ticks, "frames", parameters.label)
        if job.cancelled():
            raise Cancelled("Stopped.", "Run the command again.")

    try:
        frames = _frames(subject, parameters.input_transform, step)
        found = measure_faces(frames, provider, rate=grid.rate, ticks=ticks, step=step, progress=progressed)
    finally:
        provider.close()
    path = context.paths.artifact_folder(parameters.take) / "faces" / f"{TASK.job_id(parameters)}.json"
    return store(context, path, found.model_dump_json(exclude_none=True).encode())


def _frames(subject: Subject, input_transform: Encoding | None, step: int) -> Iterator[AnalysisFrame]:
    """Every so many frames of the footage in the SDR view."""
    from engine.perception import AnalysisFrame, analysis_frames

    picture, grid = subject.footage.probe.picture, subject.footage.grid
    transform = picture_transform(subject.footage, input_transform)
    assert picture
    assert grid
    assert transform
    thinned = replace(grid, rate=grid.rate / step, sources=grid.sources[::step])
    every = analysis_frames(subject.footage.path, picture, transform, thinned, short_edge=_SHORT_EDGE)
    with closing(every) as frames:
        yield from (AnalysisFrame(one.number * step, one.time, one.pixels) for one in frames)


def _remote(context: TaskContext) -> RemoteWork[FacesParameters]:
    work = take_work(context, "path")

    def inputs(parameters: FacesParameters, results: Mapping[str, Mapping[str, Any]]) -> Iterator[RemoteInput]:
        yield from work.inputs(parameters, results)
        if parameters.stored:
            yield from product_inputs(context, parameters, [parameters.stored])

    return replace(work, inputs=inputs)


TASK = Task(
    name="faces",
    version=2,
    parameters=FacesParameters,
    run=_run,
    title=lambda p: f"find the faces in {p.label}",
    is_current=content_is_current,
    needs=ResourceNeeds(cpu=2, memory=2 * GIB, gpu=True, cpu_seconds=7 * DAYS),
    remote=_remote,
)
