"""The job `cut-sound` joins the sounds of a cut's takes and brings them to a recipe's loudness."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from engine.atomic_files import make_folder
from engine.deliver import Recipe
from engine.jobs import GIB, JobContext, JobRequest, ResourceNeeds
from engine.tasks.clean import cleaned_dialog
from engine.tasks.context import TaskContext
from engine.tasks.cut_parameters import CutParameters, cut_request
from engine.tasks.master import sound_is_current
from engine.tasks.requests import DAYS
from engine.tasks.task import Task


class CutSoundParameters(CutParameters):
    """The recipe and the codec. `cleaned`: the clean job of each take whose dialog is cleaned, by take id."""

    recipe: Recipe
    codec: Literal["aac", "wav", "mp3"]
    cleaned: dict[str, str]


def cut_sound_request(
    context: TaskContext,
    cut: CutParameters,
    recipe: Recipe,
    codec: Literal["aac", "wav", "mp3"],
    cleaned: Mapping[str, JobRequest],
    priority: int,
) -> JobRequest:
    """Requests the sound of a cut, from the dialog of the jobs `cleaned` where there is one."""
    jobs = {take: job.id for take, job in cleaned.items()}
    parameters = CutSoundParameters(**dict(cut), recipe=recipe, codec=codec, cleaned=jobs)
    return TASK.request(context, parameters, cut.project, tuple(cleaned.values()), priority)


def _run(context: TaskContext, parameters: CutSoundParameters, job: JobContext) -> dict[str, Any]:
    """{path, bytes, master, notes}, as of the job `master`."""
    from engine.deliver import cleaning_notes, cut_tracks, master_cut, recorded_sounds
    from engine.sound import SoundSource

    order = cut_request(context, parameters, parameters.recipe)
    assert parameters.recipe.sound
    sounds = recorded_sounds(order, cut_tracks(order, job.cancelled))
    notes: list[str] = []
    limited_db = 0.0
    for take, job_id in parameters.cleaned.items():
        if take in sounds:
            path, report = cleaned_dialog(context.paths, job.results[job_id])
            sounds[take] = SoundSource(path)
            notes += [f"{order.takes[take].label}: {note}" for note in cleaning_notes(report)]
            limited_db = max(limited_db, report.limited_db)
    suffix = {"aac": "m4a"}.get(parameters.codec, parameters.codec)
    folder = context.paths.project_folder(parameters.project) / "work" / "masters"
    out = folder / f"{TASK.job_id(parameters)}.{suffix}"
    make_folder(folder)
    master = master_cut(
        order,
        parameters.recipe.sound,
        sounds,
        parameters.codec,
        out,
        limited_db=limited_db,
        progress=lambda share: job.progress(round(share * 1000), 1000, "‰", parameters.label),
        cancelled=job.cancelled,
    )
    return {
        "path": str(context.paths.relative(out)),
        "bytes": out.stat().st_size,
        "master": master.model_dump(mode="json"),
        "notes": notes,
    }


def _title(parameters: CutSoundParameters) -> str:
    return f"mix the sound of “{parameters.label}” for {parameters.recipe.name} ({parameters.codec.upper()})"


TASK = Task(
    name="cut-sound",
    version=3,
    parameters=CutSoundParameters,
    run=_run,
    title=_title,
    is_current=sound_is_current,
    needs=ResourceNeeds(cpu=1, memory=2 * GIB, cpu_seconds=DAYS),
)
