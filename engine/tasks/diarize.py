"""The job `diarize` detects who speaks when."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Take
from engine.errors import EngineError
from engine.jobs import GIB, JobContext, JobRequest, ProgressSink, ResourceNeeds
from engine.sound import VoiceChoice
from engine.speech import Diarization, locate_diarizer
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import DAYS, REQUESTED, project_of, subject_parameters
from engine.tasks.results import content_is_current, current_bytes, store
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.tasks.speech_input import in_milliseconds, separate_voices, speech_samples
from engine.tasks.task import Task
from engine.tasks.transcribe_options import TranscribeOptions
from engine.validation import read_json

if TYPE_CHECKING:
    from engine.transfer import Subject


class DiarizeParameters(SubjectParameters):
    """The model, the number of speakers, if it is known, and what happens to two channels with one voice each."""

    model: str
    model_digest: str
    speakers: int | None = None
    voices: VoiceChoice = "auto"


def diarize_request(
    context: TaskContext, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED
) -> JobRequest:
    """Requests the diarization of a subject. Raises RequestError if no diarization model is found."""
    found = locate_diarizer(options.diarizer)
    parameters = DiarizeParameters(
        **subject_parameters(subject),
        model=options.diarizer or found.id,
        model_digest=found.digest,
        speakers=options.count or SpeechAnnotations(context.paths).corrections(subject.take).speakers,
        voices=options.voices,
    )
    return TASK.request(context, parameters, project_of(subject), priority=priority)


def diarize_subject(
    subject: Subject,
    model: Path | str | None,
    speakers: int | None,
    progress: ProgressSink,
    voices: VoiceChoice = "auto",
) -> Diarization:
    """Diarizes a subject's audible sound track. Raises RequestError if it has none.

    If each of two channels has its own voice, each channel is a speaker, unless `voices` is `mix` or `speakers` is
    another number than 2.
    """
    from engine.speech import merge_diarizations, open_diarizer

    diarizer = open_diarizer(model)
    separate = separate_voices(subject, voices, progress.cancelled) if speakers in (None, 2) else None
    if separate:
        return merge_diarizations(
            [
                diarizer.diarize(
                    samples,
                    speakers=1,
                    progress=in_milliseconds(subject, samples, progress, number, 2),
                    cancelled=progress.cancelled,
                )
                for number, samples in enumerate(separate.samples)
            ],
            separate.speaking,
        )
    samples = speech_samples(subject)
    return diarizer.diarize(
        samples,
        speakers=speakers,
        progress=in_milliseconds(subject, samples, progress),
        cancelled=progress.cancelled,
    )


def latest_diarization(context: TaskContext, take: Take) -> Diarization | None:
    """The speakers of a take that a job has detected last; None if there are none, or their file is missing."""
    for job in context.catalog.queue.done(TASK.name, take.project_id, take.id):
        if job.parameters.get("source_digest") == take.digest and job.result:
            with suppress(EngineError):
                return read_diarization(context, job.result)
    return None


def read_diarization(context: TaskContext, result: Mapping[str, Any]) -> Diarization:
    """The speakers in the result of a job. Raises EngineError if their file is missing or damaged."""
    content = current_bytes(context, result)
    return read_json(Diarization, content, str(result["path"]), "Run the command again to recreate it.")


def _run(context: TaskContext, parameters: DiarizeParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the diarization."""
    subject = context.subjects.of_job(parameters)
    found = diarize_subject(subject, parameters.model, parameters.speakers, job, parameters.voices)
    path = context.paths.artifact_folder(parameters.take) / "voices" / f"{TASK.job_id(parameters)}.json"
    return store(context, path, found.model_dump_json(indent=1).encode())


TASK = Task(
    name="diarize",
    version=6,
    parameters=DiarizeParameters,
    run=_run,
    title=lambda p: f"detect the speakers in {p.label}",
    is_current=content_is_current,
    needs=ResourceNeeds(cpu=2, memory=4 * GIB, cpu_seconds=7 * DAYS),
    remote=lambda context: take_work(context, "path"),
)
