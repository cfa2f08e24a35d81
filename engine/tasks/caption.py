"""The job `caption` makes captions from a transcript."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.catalog import Exact
from engine.jobs import JobContext, JobRequest
from engine.speech import NETFLIX, Cue, CueWord, Style, Transcript
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
    """The options with which the words of a caption job were transcribed; the defaults if a job is not found.

    They never ask for a translation.
    """
    queue = context.catalog.queue
    job = queue.job(caption_job)
    transcribed = queue.job(job.parameters["words"]) if job else None
    if transcribed is None:
        return DEFAULT_OPTIONS
    parameters = TranscribeParameters.model_validate(transcribed.parameters)
    return TranscribeOptions(model=parameters.model, language=parameters.language, glossary=parameters.glossary)


@dataclass(frozen=True, slots=True)
class CaptionResult:
    """The cues of a caption job, the language of most of the speech, and all of its languages."""

    cues: list[Cue]
    language: str
    languages: frozenset[str]


def read_captions(context: TaskContext, result: Mapping[str, Any]) -> CaptionResult:
    """The result of a caption job. Raises EngineError if the file is missing or has changed."""
    stored = json.loads(current_bytes(context, result))
    # Captions of an earlier version have one language.
    languages = frozenset(stored.get("languages") or [stored["language"]])
    return CaptionResult([_read_cue(cue) for cue in stored["cues"]], stored["language"], languages)


def _read_cue(stored: Mapping[str, Any]) -> Cue:
    # Captions of an earlier version have no words.
    stored_words = stored.get("words", ())
    words = tuple(CueWord(first, last, Fraction(start), Fraction(end)) for first, last, start, end in stored_words)
    return Cue(**{**stored, "start": Fraction(stored["start"]), "end": Fraction(stored["end"]), "words": words})


def _stored_cue(cue: Cue) -> dict[str, Any]:
    words = [(word.first, word.last, str(word.start), str(word.end)) for word in cue.words]
    return {**asdict(cue), "start": str(cue.start), "end": str(cue.end), "words": words}


def caption_content(
    transcript: Transcript,
    *,
    speakers: bool,
    style: Style,
    frame: Fraction | None,
    end: Fraction | None,
    cuts: Sequence[Fraction] = (),
) -> bytes:
    """The captions of a transcript in the form that `read_captions` reads; arguments as of `cues_from`."""
    from engine.speech import cues_from

    spoken = transcript if speakers else transcript.anonymous()
    cues = cues_from(spoken, style=style, cuts=cuts, frame=frame, end=end)
    languages = sorted({one.language for one in transcript.segments if one.language})
    content = {"language": transcript.language, "languages": languages, "cues": [_stored_cue(cue) for cue in cues]}
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _run(context: TaskContext, parameters: CaptionParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the cues."""
    transcript = joined_transcript(context, parameters, job.results)
    # The picture of a take may be longer than its sound.
    length = context.subjects.take(parameters.take).probe.duration if parameters.take else None
    content = caption_content(
        transcript, speakers=parameters.speakers, style=parameters.style, frame=parameters.frame, end=length
    )
    path = context.paths.artifact_folder(parameters.take) / "captions" / f"{TASK.job_id(parameters)}.json"
    return store(context, path, content)


TASK = Task(
    name="caption",
    version=5,
    parameters=CaptionParameters,
    run=_run,
    title=lambda p: f"write the captions of {p.label}",
    is_current=content_is_current,
)
