"""The job `translation` combines translated words and speakers: a second transcript of a take, in English."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from engine.jobs import JobContext, JobRequest
from engine.tasks.context import TaskContext
from engine.tasks.paths import translation_path
from engine.tasks.requests import REQUESTED, project_of
from engine.tasks.results import content_is_current, store
from engine.tasks.task import Task
from engine.tasks.transcribe_options import TranscribeOptions
from engine.tasks.transcript import TranscriptParameters, joined_transcript, transcript_sources

if TYPE_CHECKING:
    from engine.transfer import Subject


class TranslationParameters(TranscriptParameters):
    """The translated words of the job `words`, and the speakers. Corrections change only speakers."""


def translation_request(
    context: TaskContext, subject: Subject, options: TranscribeOptions, priority: int = REQUESTED
) -> JobRequest:
    """Requests a subject's transcript in English. Raises RequestError if a model that `options` need is missing."""
    sources = transcript_sources(context, subject, replace(options, translate=True), priority)
    return TASK.request(context, TranslationParameters(**sources.fields), project_of(subject), sources.after, priority)


def _run(context: TaskContext, parameters: TranslationParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the translation, beside the transcript. Search and corrections use the transcript only."""
    path = translation_path(context.paths, parameters.take, parameters.label, parameters.source_digest)
    transcript = joined_transcript(context, parameters, job.results)
    return store(context, path, transcript.model_dump_json(indent=2).encode())


TASK = Task(
    name="translation",
    version=1,
    parameters=TranslationParameters,
    run=_run,
    title=lambda p: f"write the translation of {p.label}",
    is_current=content_is_current,
    mutex=lambda p: f"translation {p.take or p.source_digest}",
)
