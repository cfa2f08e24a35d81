"""The job `clean` processes the dialog of a recording with a chain of stages and compares its words."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field

from engine.atomic_files import make_folder
from engine.catalog import JobState
from engine.errors import EngineError
from engine.file_digest import sha256_of
from engine.jobs import GIB, JobContext, JobRequest, ProgressSink, ResourceNeeds
from engine.sound import STAGES, Preset, StageName
from engine.speech import CleanOptions, Transcript, find_model
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import ResultPaths
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import DAYS, REQUESTED, model_reference, project_of, subject_parameters
from engine.tasks.results import current_bytes
from engine.tasks.task import Task
from engine.tasks.transcribe import finished_transcriptions

if TYPE_CHECKING:
    from engine.sound import CleanReport
    from engine.transfer import Subject


# The share of the cleaning in the progress; the report follows.
_CLEAN_SHARE = 0.95


class CleanParameters(SubjectParameters):
    """The sound track (`index`; None for the first audible one) and the chain.

    `model`, with its digest, is the speech model that compares the words before and after; with None, words are not
    compared. `words` is the job that transcribed the same recording with this model, if one had finished.
    """

    index: int | None = None
    preset: Preset
    bypassed: tuple[StageName, ...] = ()
    model: str | None = None
    model_digest: str = ""
    words: str | None = Field(default=None, exclude_if=lambda job: job is None)


def clean_request(
    context: TaskContext,
    subject: Subject,
    preset: Preset,
    *,
    index: int | None = None,
    bypassed: Collection[StageName] = (),
    words: bool = True,
    model: str | None = None,
    priority: int = REQUESTED,
) -> JobRequest:
    """Requests the cleanup of a subject's dialog. Its words are compared if a speech model is found.

    If a finished job has transcribed the recording with this model, its words are used. A cleanup that has finished is
    not done again because of that.

    Raises RequestError if `model` is given and not found.
    """
    found = find_model(model) if words else None
    parameters = CleanParameters(
        **subject_parameters(subject),
        index=index,
        preset=preset,
        bypassed=tuple(stage for stage in STAGES if stage in bypassed),
        model=model_reference(found) if found else None,
        model_digest=found.digest if found else "",
    )
    parameters, transcribed = _with_words(context, subject, parameters)
    return TASK.request(context, parameters, project_of(subject), transcribed, priority)


def _with_words(
    context: TaskContext, subject: Subject, plain: CleanParameters
) -> tuple[CleanParameters, tuple[JobRequest, ...]]:
    """The parameters with the words of a finished transcription, and its request; as they are without one.

    A cleanup that is queued, runs or has finished keeps the words that it has, or that it does without.
    """
    if subject.take is None or not plain.model or plain.index is not None:
        return plain, ()
    found = list(finished_transcriptions(context, subject.take, plain.source_digest, plain.model_digest))
    choices: list[tuple[CleanParameters, tuple[JobRequest, ...]]] = [(plain, ())]
    choices += [(plain.model_copy(update={"words": one.id}), (one,)) for one in found]
    for parameters, transcribed in choices:
        known = context.catalog.queue.job(TASK.job_id(parameters))
        if known is not None and (known.state.open or known.state is JobState.DONE):
            return parameters, transcribed
    return choices[1] if found else choices[0]


def clean_file(
    source: Path, label: str, options: CleanOptions, out: Path, progress: ProgressSink, *, replace: bool = True
) -> CleanReport:
    """Cleans a recording's dialog into `out` and reports progress as a job does; errors as `clean_recording`."""
    from engine.speech import clean_recording

    return clean_recording(
        source,
        options,
        out,
        progress=lambda share: progress.progress(round(share * _CLEAN_SHARE * 1000), 1000, "‰", label),
        replace=replace,
        cancelled=progress.cancelled,
    )


def cleaned_dialog(paths: ResultPaths, result: Mapping[str, Any]) -> tuple[Path, CleanReport]:
    """The file from a clean job, and its report. Raises EngineError if the file is missing or has changed."""
    from engine.sound import CleanReport

    path = paths.folder / result["path"]
    if not _has_files(paths.folder, result) or sha256_of(path) != result["sha256"]:
        raise EngineError("The cleaned dialog is missing or has changed.", "Run the command again to recreate it.")
    return path, CleanReport.model_validate_json((paths.folder / result["report"]).read_bytes())


def _run(context: TaskContext, parameters: CleanParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256, bytes, report, plots}: the dialog as WAV, and the report in `sound-report`."""
    from engine.sound import audible_track, write_clean_report

    job_id = TASK.job_id(parameters)
    footage = context.subjects.of_job(parameters).footage
    source, index = footage.path, parameters.index
    if index is None and (track := audible_track(source, footage.probe, cancelled=job.cancelled)):
        index = track.index
    folder = context.paths.artifact_folder(parameters.take)
    path = folder / "dialog" / f"{job_id}.wav"
    make_folder(path.parent)
    transcript = _transcript(context, parameters, job)
    options = CleanOptions(parameters.preset, index, frozenset(parameters.bypassed), parameters.model, transcript)
    report = clean_file(source, parameters.label, options, path, job)
    written = write_clean_report(folder / "sound-report" / job_id, source, index, path, parameters.preset, report)
    return {
        "path": str(context.paths.relative(path)),
        "sha256": sha256_of(path),
        "bytes": path.stat().st_size,
        "report": str(context.paths.relative(written[0])),
        "plots": [str(context.paths.relative(plot)) for plot in written[1:]],
    }


def _transcript(context: TaskContext, parameters: CleanParameters, job: JobContext) -> Transcript | None:
    """The transcript of the recording, if its words are in order: those of separate channels may overlap."""
    if parameters.words is None:
        return None
    found = Transcript.model_validate_json(current_bytes(context, job.results[parameters.words]))
    return None if found.channels else found


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the dialog exists with its size, and the report exists."""
    return _has_files(context.paths.folder, result)


def _has_files(folder: Path, result: Mapping[str, Any]) -> bool:
    path = folder / str(result["path"])
    return path.is_file() and path.stat().st_size == result["bytes"] and (folder / str(result["report"])).is_file()


TASK = Task(
    name="clean",
    version=7,
    parameters=CleanParameters,
    run=_run,
    title=lambda p: f"clean the dialog of {p.label} ({p.preset.name})",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=2, memory=4 * GIB, cpu_seconds=7 * DAYS),
    remote=lambda context: take_work(context, "path", "report", "plots"),
)
