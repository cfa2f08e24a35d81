"""The job `master` brings the sound of a stretch to a recipe's loudness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from engine.atomic_files import make_folder
from engine.catalog import Exact
from engine.deliver import DeliverableRequest, SoundRecipe, dialog_track, master_stretch
from engine.errors import EngineError
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.tasks.clean import cleaned_dialog
from engine.tasks.context import TaskContext
from engine.tasks.parameters import SubjectParameters
from engine.tasks.remote_inputs import take_work
from engine.tasks.requests import project_of, subject_parameters
from engine.tasks.task import Task

if TYPE_CHECKING:
    from engine.deliver import MasteredSound
    from engine.transfer import Subject


class MasterParameters(SubjectParameters):
    """The stretch, in seconds of the footage, and the target.

    `cleaned` is the id of the clean job whose dialog is mastered; None for the sound of the footage.
    """

    sound: SoundRecipe
    cleaned: str | None = None
    codec: Literal["aac", "wav", "mp3"]
    edit_list: bool
    start: Exact
    duration: Exact


def master_request(
    context: TaskContext,
    subject: Subject,
    request: DeliverableRequest,
    codec: Literal["aac", "wav", "mp3"],
    cleaned: JobRequest | None,
    priority: int,
) -> JobRequest:
    """Requests the sound of a deliverable whose recipe has sound, from the dialog of the job `cleaned`, if given."""
    recipe = request.recipe
    assert recipe.sound
    parameters = MasterParameters(
        **subject_parameters(subject),
        sound=recipe.sound,
        cleaned=cleaned.id if cleaned else None,
        codec=codec,
        edit_list=recipe.container.edit_list,
        start=request.begin,
        duration=request.duration,
    )
    return TASK.request(context, parameters, project_of(subject), (cleaned,) if cleaned else (), priority)


def mastered_sound(context: TaskContext, result: Mapping[str, Any]) -> MasteredSound:
    """The sound from a master job. Raises EngineError if the file is missing or has another size."""
    from engine.deliver import MasteredSound
    from engine.sound import Master

    if not sound_is_current(context, result):
        raise EngineError("The mastered sound is missing or has changed.", "Run the command again to recreate it.")
    path = context.paths.folder / result["path"]
    return MasteredSound(path, Master.model_validate(result["master"]), tuple(result["notes"]))


def _run(context: TaskContext, parameters: MasterParameters, job: JobContext) -> dict[str, Any]:
    """{path, profiles, bytes, master, notes}: the files, what mastering measured and changed, notes on the cleanup."""
    from engine.deliver import cleaning_notes
    from engine.sound import profiles_path

    footage = context.subjects.of_job(parameters).footage
    source, index = footage.path, None
    notes: tuple[str, ...] = ()
    limited_db = 0.0
    if parameters.cleaned:
        source, report = cleaned_dialog(context.paths, job.results[parameters.cleaned])
        notes, limited_db = cleaning_notes(report), report.limited_db
    elif track := dialog_track(footage, parameters.start, parameters.duration, job.cancelled):
        index = track.index
    suffix = {"aac": "m4a"}.get(parameters.codec, parameters.codec)
    path = context.paths.artifact_folder(parameters.take) / "masters" / f"{TASK.job_id(parameters)}.{suffix}"
    make_folder(path.parent)
    done = master_stretch(
        source,
        parameters.sound,
        parameters.codec,
        path,
        index=index,
        start=parameters.start,
        duration=parameters.duration,
        edit_list=parameters.edit_list,
        limited_db=limited_db,
        progress=lambda share: job.progress(round(share * 1000), 1000, "‰", parameters.label),
        cancelled=job.cancelled,
    )
    return {
        "path": str(context.paths.relative(path)),
        "profiles": str(context.paths.relative(profiles_path(path))),
        "bytes": path.stat().st_size,
        "master": done.model_dump(mode="json"),
        "notes": list(notes),
    }


def sound_is_current(context: TaskContext, result: Mapping[str, Any]) -> bool:
    """Whether the file exists with the recorded size."""
    path = context.paths.folder / str(result["path"])
    return path.is_file() and path.stat().st_size == result["bytes"]


def _title(parameters: MasterParameters) -> str:
    lufs = f"{parameters.sound.lufs:g}".replace("-", "−")
    return f"set the loudness of {parameters.label} to {lufs} LUFS ({parameters.codec.upper()})"


TASK = Task(
    name="master",
    version=5,
    parameters=MasterParameters,
    run=_run,
    title=_title,
    is_current=sound_is_current,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB),
    remote=lambda context: take_work(context, "path", "profiles", exact=True),
)
