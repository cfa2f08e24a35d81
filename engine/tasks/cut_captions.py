"""The job `cut-captions` makes the captions of a cut from the transcripts of its takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.errors import RequestError
from engine.jobs import JobContext, JobRequest
from engine.speech import NETFLIX, Style
from engine.tasks.caption import caption_content
from engine.tasks.context import TaskContext
from engine.tasks.cut_parameters import CutParameters, read_cut
from engine.tasks.requests import REQUESTED
from engine.tasks.results import content_is_current, store
from engine.tasks.task import Task
from engine.tasks.transcribe_options import TranscribeOptions
from engine.tasks.transcript import TranscriptParameters, joined_transcript, transcript_sources
from engine.timeline import changes_of_take, cut_transcript

if TYPE_CHECKING:
    from engine.transfer import Subject


class CutCaptionParameters(CutParameters):
    """The transcripts of the takes with sound, by take id. With `speakers`, each cue has one speaker."""

    transcripts: dict[str, TranscriptParameters]
    speakers: bool = False
    style: Style = NETFLIX


def cut_caption_request(
    context: TaskContext,
    cut: CutParameters,
    subjects: Mapping[str, Subject],
    options: TranscribeOptions,
    priority: int = REQUESTED,
    style: Style = NETFLIX,
) -> JobRequest:
    """Requests the captions of a cut; `subjects` are its takes by id. Errors as `caption_request`."""
    after: dict[str, JobRequest] = {}
    transcripts = {}
    for take, subject in subjects.items():
        if subject.has_sound:
            sources = transcript_sources(context, subject, options, priority)
            after |= {job.id: job for job in sources.after}
            transcripts[take] = TranscriptParameters(**sources.fields)
    parameters = CutCaptionParameters(
        **dict(cut), transcripts=transcripts, speakers=bool(options.speakers), style=style
    )
    return TASK.request(context, parameters, cut.project, tuple(after.values()), priority)


def _run(context: TaskContext, parameters: CutCaptionParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the cues, as of the job `caption`."""
    cut = read_cut(context, parameters)
    transcripts = {take: joined_transcript(context, one, job.results) for take, one in parameters.transcripts.items()}
    transcript = cut_transcript(cut, transcripts)
    if transcript is None:
        raise RequestError(f"No take of “{cut.name}” has sound.", "Choose a recipe without captions.")
    content = caption_content(
        transcript,
        speakers=parameters.speakers,
        style=parameters.style,
        frame=1 / cut.rate,
        end=cut.duration,
        cuts=changes_of_take(cut),
    )
    folder = context.paths.project_folder(parameters.project) / "work" / "captions"
    return store(context, folder / f"{TASK.job_id(parameters)}.json", content)


TASK = Task(
    name="cut-captions",
    version=2,
    parameters=CutCaptionParameters,
    run=_run,
    title=lambda p: f"write the captions of “{p.label}”",
    is_current=content_is_current,
)
