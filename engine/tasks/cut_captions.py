"""The job `cut-captions` makes the captions of a cut from the transcripts of its takes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from engine.jobs import JobContext, JobRequest
from engine.speech import NETFLIX, Span, Style
from engine.tasks.caption import caption_content
from engine.tasks.context import TaskContext
from engine.tasks.cut_parameters import CutParameters, read_cut
from engine.tasks.requests import REQUESTED
from engine.tasks.results import content_is_current, store
from engine.tasks.task import Task
from engine.tasks.transcribe_options import TranscribeOptions
from engine.tasks.transcript import TranscriptParameters, joined_transcript, transcript_sources
from engine.timeline import SAMPLE_RATE, Cut

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


def sound_stretches(cut: Cut, take: str) -> list[Span]:
    """The stretches of a take's sound that a cut plays, in seconds: start and end in the take, and start in the cut."""
    return [
        (
            Fraction(span.source, SAMPLE_RATE),
            Fraction(span.source + span.last - span.first, SAMPLE_RATE),
            Fraction(span.first, SAMPLE_RATE),
        )
        for span in cut.sound_spans()
        if span.clip.take == take and span.last > span.first
    ]


def changes_of_take(cut: Cut) -> list[Fraction]:
    """The times in seconds at which the picture changes to another take or to a gap: captions end there."""
    clips = cut.clips
    return [
        position / cut.rate
        for before, after, position in zip(clips, clips[1:], cut.positions[1:], strict=False)
        if before.take != after.take
    ]


def _run(context: TaskContext, parameters: CutCaptionParameters, job: JobContext) -> dict[str, Any]:
    """{path, sha256} of the cues, as of the job `caption`."""
    from engine.speech import join_transcripts, retime_transcript

    cut = read_cut(context, parameters)
    parts = [
        retime_transcript(joined_transcript(context, one, job.results), sound_stretches(cut, take))
        for take, one in parameters.transcripts.items()
    ]
    transcript = join_transcripts(parts, cut.duration)
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
    version=1,
    parameters=CutCaptionParameters,
    run=_run,
    title=lambda p: f"write the captions of “{p.label}”",
    is_current=content_is_current,
)
