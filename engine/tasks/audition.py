"""The job `audition` renders a short stretch of a recording with and without one stage of the dialog chain."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.catalog import Exact
from engine.jobs import GIB, JobContext, JobRequest, ProgressSink, ResourceNeeds
from engine.sound import STAGES, Preset, StageName
from engine.speech import CleanOptions
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.requests import ARRIVING, project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.sound import SoundComparison
    from engine.transfer import Subject

LENGTH_S = 8
"""The length of an audition in seconds."""

_LEAD_S = 2
_KEPT = 40


class AuditionParameters(SubjectParameters):
    """The sound track (`index`; None for the first audible one), the chain, the stage, and the stretch in seconds."""

    index: int | None = None
    preset: Preset
    bypassed: tuple[StageName, ...] = ()
    stage: StageName
    start: Exact
    end: Exact


def audition_stretch(at: Fraction, duration: Fraction) -> tuple[Fraction, Fraction]:
    """The stretch around a time: two seconds before it and six after it, on whole seconds, within the recording.

    Times in the same second have the same stretch, and so the same job.
    """
    last = max(Fraction(0), duration - LENGTH_S)
    start = min(last, Fraction(max(0, int(at) - _LEAD_S)))
    return start, min(duration, start + LENGTH_S)


def audition_request(
    context: TaskContext,
    subject: Subject,
    preset: Preset,
    stage: StageName,
    at: Fraction,
    *,
    index: int | None = None,
    bypassed: Collection[StageName] = (),
    priority: int = ARRIVING,
) -> JobRequest:
    """Requests the audition of a stage around `at`, in seconds. A `bypassed` stage can be auditioned too."""
    start, end = audition_stretch(at, subject.footage.probe.duration)
    parameters = AuditionParameters(
        **subject_parameters(subject),
        index=index,
        preset=preset,
        bypassed=tuple(one for one in STAGES if one in bypassed and one != stage),
        stage=stage,
        start=start,
        end=end,
    )
    return TASK.request(context, parameters, project_of(subject), priority=priority)


def audition_file(
    source: Path,
    label: str,
    options: CleanOptions,
    stage: StageName,
    stretch: tuple[Fraction, Fraction],
    out: Path,
    progress: ProgressSink,
) -> SoundComparison:
    """Renders an audition into `out`, a .flac file, and reports progress as a job does."""
    from engine.speech import audition_recording

    return audition_recording(
        source,
        options,
        stage,
        *stretch,
        out,
        progress=lambda share: progress.progress(round(share * 1000), 1000, "‰", label),
        cancelled=progress.cancelled,
    )


def _run(context: TaskContext, parameters: AuditionParameters, job: JobContext) -> dict[str, Any]:
    """{path, comparison}: the file with the three sides, and its description."""
    from engine.sound import audible_track

    footage = context.subjects.of_job(parameters).footage
    index = parameters.index
    if index is None and (track := audible_track(footage.path, footage.probe, cancelled=job.cancelled)):
        index = track.index
    folder = context.paths.artifact_folder(parameters.take) / "auditions"
    path = folder / f"{TASK.job_id(parameters)}.flac"
    options = CleanOptions(parameters.preset, index, frozenset(parameters.bypassed))
    stretch = parameters.start, parameters.end
    made = audition_file(footage.path, parameters.label, options, parameters.stage, stretch, path, job)
    _remove_oldest(folder)
    return {"path": str(context.paths.relative(path)), "comparison": made.model_dump(mode="json")}


def _remove_oldest(folder: Path) -> None:
    """Keeps the newest files of a folder of auditions; an older one is rendered again when it is requested."""
    newest = sorted(folder.glob("*.flac"), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in newest[_KEPT:]:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


def _is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the file exists."""
    return (context.paths.folder / str(result["path"])).is_file()


TASK = Task(
    name="audition",
    version=2,
    parameters=AuditionParameters,
    run=_run,
    title=lambda p: f"render the audition of {p.stage} in {p.label}",
    is_current=_is_current,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
)
