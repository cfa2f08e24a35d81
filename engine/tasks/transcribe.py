"""The job `transcribe` converts speech into words with times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.jobs import GIB, JobContext, JobRequest, ProgressSink, ResourceNeeds
from engine.sound import VoiceChoice
from engine.speech import Transcript, locate_model, refuse_translation
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import DAYS, REQUESTED, model_reference, project_of, subject_parameters
from engine.tasks.results import content_is_current, store
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.tasks.speech_input import in_milliseconds, separate_voices, speech_samples, speech_track
from engine.tasks.task import Task
from engine.tasks.transcribe_options import TranscribeOptions

if TYPE_CHECKING:
    from engine.catalog import Take
    from engine.transfer import Subject


class TranscribeParameters(SubjectParameters):
    """The model, the language (None if the model detects it), and the spellings of names.

    `translate`: the words are an English translation. `voices`: what happens to two channels with one voice each.
    """

    model: str
    model_digest: str
    language: str | None
    glossary: tuple[str, ...] = ()
    translate: bool = False
    voices: VoiceChoice = "auto"


def transcribe_request(
    context: TaskContext, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED
) -> JobRequest:
    """Requests a subject's words, by default with the project's glossary.

    Raises RequestError if no speech model is found, or the model cannot translate.
    """
    model = locate_model(options.model)
    if options.translate:
        refuse_translation(model)
    parameters = TranscribeParameters(
        **subject_parameters(subject),
        model=model_reference(model),
        model_digest=model.digest,
        language=options.language,
        glossary=options.glossary or SpeechAnnotations(context.paths).glossary(subject.take),
        translate=options.translate,
        voices=options.voices,
    )
    return TASK.request(context, parameters, project_of(subject), priority=priority)


def finished_transcriptions(
    context: TaskContext, take: Take, source_digest: str, model_digest: str
) -> Iterator[JobRequest]:
    """Requests of jobs that have transcribed a take with a model, the latest first: their results are current.

    Translations are left out, and jobs of earlier versions.
    """
    for job in context.catalog.queue.done(TASK.name, take.project_id, take.id):
        try:
            parameters = TranscribeParameters.model_validate(job.parameters)
        except ValidationError:
            continue
        same = (parameters.source_digest, parameters.model_digest) == (source_digest, model_digest)
        if not same or parameters.translate or job.id != TASK.job_id(parameters):
            continue
        if job.result and content_is_current(context, job.result):
            yield TASK.request(context, parameters, take.project_id)


def transcribe_subject(
    subject: Subject,
    model: Path | str | None,
    language: str | None,
    progress: ProgressSink,
    glossary: Sequence[str] = (),
    *,
    translate: bool = False,
    voices: VoiceChoice = "auto",
) -> Transcript:
    """Transcribes a subject's audible sound track, or translates it to English.

    If each of two channels has its own voice, each is transcribed by itself, unless `voices` is `mix`. Raises
    RequestError if there is no sound, or the model cannot translate.
    """
    from engine.sound import channel_correction
    from engine.speech import merge_transcripts, open_transcriber

    transcriber = open_transcriber(model)
    track = speech_track(subject)
    separate = separate_voices(subject, voices, progress.cancelled)
    parts = separate.samples if separate else (speech_samples(subject),)
    transcripts = [
        transcriber.transcribe(
            samples,
            language=language,
            glossary=glossary,
            task="translate" if translate else "transcribe",
            progress=in_milliseconds(subject, samples, progress, number, len(parts)),
            cancelled=progress.cancelled,
        )
        for number, samples in enumerate(parts)
    ]
    transcript = transcripts[0]
    if separate:
        transcript = merge_transcripts(transcripts, separate.speaking, separate.voices.titles)
    notes = channel_correction(subject.footage.path, track).notes
    return transcript.model_copy(update={"notes": (*transcript.notes, *notes)}) if notes else transcript


def _run(context: TaskContext, parameters: TranscribeParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the words, without speakers and corrections."""
    subject = context.subjects.of_job(parameters)
    transcript = transcribe_subject(
        subject,
        parameters.model,
        parameters.language,
        job,
        parameters.glossary,
        translate=parameters.translate,
        voices=parameters.voices,
    )
    path = context.paths.artifact_folder(parameters.take) / "words" / f"{TASK.job_id(parameters)}.json"
    return store(context, path, transcript.model_dump_json(indent=2).encode())


TASK = Task(
    name="transcribe",
    version=6,
    parameters=TranscribeParameters,
    run=_run,
    title=lambda p: f"{'translate' if p.translate else 'transcribe'} {p.label}",
    is_current=content_is_current,
    needs=ResourceNeeds(cpu=2, memory=6 * GIB, cpu_seconds=7 * DAYS),
    remote=lambda context: take_work(context, "path"),
)
