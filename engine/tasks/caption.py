"""The job `caption` makes captions from a transcript."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.catalog import Exact
from engine.jobs import JobContext, JobRequest
from engine.speech import NETFLIX, Cue, CueWord, Style
from engine.tasks.context import TaskContext
from engine.tasks.requests import REQUESTED, project_of
from engine.tasks.results import content_is_current, current_bytes, store
from engine.tasks.task import Task
from engine.tasks.transcribe import TranscribeParameters
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions
from engine.tasks.transcript import TranscriptParameters, joined_transcript, transcript_sources

if TYPE_CHECKING:
    from engine.transfer import Subject


class CaptionParameters(TranscriptParameters):
    """The transcript. With `speakers`, each cue has one speaker. `frame` is the duration of a frame in seconds."""

    speakers: bool = False
    frame: Exact | None = None
    style: Style = NETFLIX


def caption_request(
    context: TaskContext,
    subject: Subject,
    options: TranscribeOptions,
    priority: int = REQUESTED,
    style: Style = NETFLIX,
) -> JobRequest:
    """Requests the captions of a subject in a style, with speakers if `options.speakers` is true.

    Raises RequestError if a model that `options` need is missing.
    """
    sources = transcript_sources(context, subject, options, priority)
    parameters = CaptionParameters(
        **sources.fields,
        speakers=bool(options.speakers),
        frame=1 / subject.footage.grid.rate if subject.footage.grid else None,
        style=style,
    )
    return TASK.request(context, parameters, project_of(subject), sources.after, priority)


def options_of(context: TaskContext, caption_job: str) -> TranscribeOptions:
    """The options with which the words of a caption job were transcribed; the defaults if a job is not found."""
    queue = context.catalog.queue
    job = queue.job(caption_job)
    transcribed = queue.job(job.parameters["words"]) if job else None
    if transcribed is None:
        return DEFAULT_OPTIONS
    parameters = TranscribeParameters.model_validate(transcribed.parameters)
    return TranscribeOptions(model=parameters.model, language=parameters.language, glossary=parameters.glossary)


def read_cues(context: TaskContext, result: Mapping[str, Any]) -> tuple[list[Cue], str]:
    """The cues from a caption job, and their language. Raises EngineError if the file is missing or has changed."""
    stored = json.loads(current_bytes(context, result))
    return [_read_cue(cue) for cue in stored["cues"]], stored["language"]


def _read_cue(stored: Mapping[str, Any]) -> Cue:
    # Captions of an earlier version have no words.
    stored_words = stored.get("words", ())
    words = tuple(CueWord(first, last, Fraction(start), Fraction(end)) for first, last, start, end in stored_words)
    return Cue(**{**stored, "start": Fraction(stored["start"]), "end": Fraction(stored["end"]), "words": words})


def _stored_cue(cue: Cue) -> dict[str, Any]:
    words = [(word.first, word.last, str(word.start), str(word.end)) for word in cue.words]
    return {**asdict(cue), "start": str(cue.start), "end": str(cue.end), "words": words}


def _run(context: TaskContext, parameters: CaptionParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the cues."""
    from engine.speech import cues_from

    transcript = joined_transcript(context, parameters, job.results)
    # The picture of a take may be longer than its sound.
    length = context.subjects.take(parameters.take).probe.duration if parameters.take else None
    spoken = transcript if parameters.speakers else transcript.anonymous()
    cues = cues_from(spoken, style=parameters.style, frame=parameters.frame, end=length)
    path = context.paths.artifact_folder(parameters.take) / "captions" / f"{TASK.job_id(parameters)}.json"
    content = {"language": transcript.language, "cues": [_stored_cue(cue) for cue in cues]}
    return store(context, path, json.dumps(content, ensure_ascii=False, indent=1).encode())


TASK = Task(
    name="caption",
    version=4,
    parameters=CaptionParameters,
    run=_run,
    title=lambda p: f"write the captions of {p.label}",
    is_current=content_is_current,
)
