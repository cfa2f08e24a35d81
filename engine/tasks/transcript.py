"""The job `transcript` combines words, speakers and the user's corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from engine.atomic_files import write_atomic
from engine.catalog import JobState, Take
from engine.errors import EngineError, RequestError
from engine.jobs import JobContext, JobRequest
from engine.speech import (
    Correction,
    Diarization,
    KnownVoice,
    SpeakerTurn,
    Transcript,
    apply_corrections,
    write_rttm,
)
from engine.tasks.context import TaskContext
from engine.tasks.diarize import diarize_request
from engine.tasks.parameters import SubjectParameters
from engine.tasks.paths import transcript_path
from engine.tasks.requests import REQUESTED, project_of, subject_parameters
from engine.tasks.results import content_is_current, current_bytes, store
from engine.tasks.speech_annotations import SpeechAnnotations
from engine.tasks.task import Task
from engine.tasks.transcribe import transcribe_request
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions

if TYPE_CHECKING:
    from engine.transfer import Subject


class TranscriptParameters(SubjectParameters):
    """The words of the job `words`, the speakers of the job `voices`, the `known` voices, and corrections.

    The user's `turns`, if any, take precedence over `voices`.
    """

    words: str
    voices: str | None = None
    turns: tuple[SpeakerTurn, ...] = ()
    known: tuple[KnownVoice, ...] = ()
    corrections: tuple[Correction, ...] = ()


@dataclass(frozen=True, slots=True)
class TranscriptSources:
    """The fields of `TranscriptParameters` for a subject, and the jobs whose ids they contain."""

    fields: dict[str, Any]
    after: tuple[JobRequest, ...]


def transcript_sources(
    context: TaskContext, subject: Subject, options: TranscribeOptions, priority: int
) -> TranscriptSources:
    """Requests the jobs that a transcript depends on. Raises RequestError if a model that `options` need is missing."""
    annotations = SpeechAnnotations(context.paths)
    turns = () if options.speakers is False else annotations.turns(subject.take)
    words = transcribe_request(context, subject, options, priority)
    voices = None if turns else _voices_request(context, subject, options, priority)
    fields = {
        **subject_parameters(subject),
        "words": words.id,
        "voices": voices.id if voices else None,
        "turns": turns,
        "known": annotations.known_voices(subject.take) if voices else (),
        "corrections": _applicable(annotations.corrections(subject.take).corrections, options),
    }
    return TranscriptSources(fields, (words, voices) if voices else (words,))


def transcript_request(
    context: TaskContext, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED
) -> JobRequest:
    """Requests a subject's transcript in the language of the speech.

    Raises RequestError if a model that `options` need is missing.
    """
    options = replace(options, translate=False)
    sources = transcript_sources(context, subject, options, priority)
    return TASK.request(context, TranscriptParameters(**sources.fields), project_of(subject), sources.after, priority)


def _applicable(corrections: Sequence[Correction], options: TranscribeOptions) -> tuple[Correction, ...]:
    """The corrections for a transcript: those of speakers only for a translation, whose words are other words."""
    if not options.translate:
        return tuple(corrections)
    return tuple(one.model_copy(update={"text": None}) for one in corrections if one.speaker is not None)


def fullest_transcript_request(
    context: TaskContext, subject: Subject, priority: int, options: TranscribeOptions = DEFAULT_OPTIONS
) -> JobRequest:
    """Requests the transcript, with speakers if a diarization model is found.

    Raises RequestError if no speech model is found.
    """
    try:
        return transcript_request(context, subject, replace(options, speakers=True), priority)
    except RequestError:
        return transcript_request(context, subject, replace(options, speakers=False), priority)


def latest_transcript(context: TaskContext, take: Take) -> TranscriptParameters | None:
    """The parameters of a take's newest finished transcript, with the current names and corrections; None without one.

    Its words and speakers do not depend on the models that are installed now.
    """
    annotations = SpeechAnnotations(context.paths)
    for job in context.catalog.queue.done(TASK.name, take.project_id, take.id)[:1]:
        try:
            parameters = TranscriptParameters.model_validate(job.parameters)
        except ValidationError:
            # Of a version with other parameters.
            return None
        changes = {
            "known": annotations.known_voices(take) if parameters.voices else (),
            "corrections": annotations.corrections(take).corrections,
        }
        return parameters.model_copy(update=changes)
    return None


def finished_diarization(context: TaskContext, parameters: TranscriptParameters) -> Diarization | None:
    """The speaker turns and voices of a transcript. Raises EngineError if their file is missing."""
    return _diarization(context, parameters, _finished_results(context, parameters))


def renew_transcript(context: TaskContext, take: Take) -> bool:
    """Writes a take's transcript again, from its finished words and speakers with the current names and corrections.

    This takes milliseconds and no job. Returns False if the take has no finished transcript, or its words are missing.
    """
    parameters = latest_transcript(context, take)
    if parameters is None:
        return False
    try:
        transcript = joined_transcript(context, parameters, _finished_results(context, parameters))
    except (EngineError, LookupError):
        return False
    path = transcript_path(context.paths, parameters.take, parameters.label, parameters.source_digest)
    write_atomic(path, transcript.model_dump_json(indent=2).encode())
    return True


def _finished_results(context: TaskContext, parameters: TranscriptParameters) -> Mapping[str, Mapping[str, Any]]:
    needed = [parameters.words, *([parameters.voices] if parameters.voices else [])]
    jobs = [context.catalog.queue.job(one) for one in needed]
    return {job.id: job.result for job in jobs if job and job.result and job.state is JobState.DONE}


def joined_transcript(
    context: TaskContext, parameters: TranscriptParameters, results: Mapping[str, Mapping[str, Any]]
) -> Transcript:
    """The transcript for these parameters, from the results of its dependencies, by job id."""
    from engine.speech import with_speakers

    transcript = Transcript.model_validate_json(current_bytes(context, results[parameters.words]))
    if voices := _diarization(context, parameters, results):
        transcript = with_speakers(transcript, voices, parameters.known)
    return apply_corrections(transcript, parameters.corrections)


def _voices_request(
    context: TaskContext, subject: Subject, options: TranscribeOptions, priority: int
) -> JobRequest | None:
    if options.speakers is False:
        return None
    try:
        voices = diarize_request(context, subject, options, priority)
    except RequestError:
        if options.speakers:
            raise
        return None
    known = context.catalog.queue.job(voices.id)
    exists = known is not None and (known.state is JobState.DONE or known.state.open)
    return voices if options.speakers or exists else None


def _diarization(
    context: TaskContext, parameters: TranscriptParameters, results: Mapping[str, Mapping[str, Any]]
) -> Diarization | None:
    """The diarization from the user's turns, else from the diarize job; None without either."""
    if parameters.turns:
        from engine.speech import diarization_from_turns

        return diarization_from_turns(parameters.turns)
    if parameters.voices is None:
        return None
    return Diarization.model_validate_json(current_bytes(context, results[parameters.voices]))


def _run(context: TaskContext, parameters: TranscriptParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the transcript. With speakers, their turns are written beside it as RTTM."""
    path = transcript_path(context.paths, parameters.take, parameters.label, parameters.source_digest)
    voices = _diarization(context, parameters, job.results)
    if voices:
        write_atomic(path.with_suffix(".rttm"), write_rttm(voices.turns, parameters.label).encode())
    transcript = joined_transcript(context, parameters, job.results)
    return store(context, path, transcript.model_dump_json(indent=2).encode())


TASK = Task(
    name="transcript",
    version=3,
    parameters=TranscriptParameters,
    run=_run,
    title=lambda p: f"write the transcript of {p.label}",
    is_current=content_is_current,
    mutex=lambda p: f"transcript {p.take or p.source_digest}",
)
