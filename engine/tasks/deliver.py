"""Sound is mastered, then picture, sound and cues become a deliverable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.atomic_files import make_folder
from engine.deliver import (
    Deliverable,
    DeliverableRequest,
    SourceCondition,
    accept_command,
    dialog_track,
    keeps_sound,
    master_stretch,
    read_receipt,
    with_speed,
)
from engine.errors import EngineError
from engine.jobs import JobContext
from engine.tasks.clean import cleaned_dialog
from engine.tasks.condition import keep_condition
from engine.tasks.parameters import DeliverParameters, MasterParameters
from engine.tasks.transcribe import read_cues

if TYPE_CHECKING:
    from engine.deliver import MasteredSound
    from engine.studio import Studio


def master(studio: Studio, parameters: MasterParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, bytes, master, told}: the finished sound, what mastering measured and did, what cleaning had to tell."""
    from engine.deliver import cleaning_notes

    footage = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest).footage
    source, index = footage.path, None
    notes: tuple[str, ...] = ()
    if parameters.cleaned:
        source, report = cleaned_dialog(studio, context.results[parameters.cleaned])
        notes = cleaning_notes(report)
    elif track := dialog_track(footage, parameters.start, parameters.duration, context.cancelled):
        index = track.index
    path = (
        studio.artifact_folder(parameters.take)
        / "masters"
        / f"{job_id}.{'m4a' if parameters.codec == 'aac' else 'wav'}"
    )
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
        progress=lambda share: context.progress(round(share * 1000), 1000, "‰", parameters.label),
        cancelled=context.cancelled,
    )
    return {
        "path": str(studio.relative_path(path)),
        "bytes": path.stat().st_size,
        "master": done.model_dump(mode="json"),
        "told": list(notes),
    }


def deliver(studio: Studio, parameters: DeliverParameters, context: JobContext) -> dict[str, Any]:
    """{folder, delivered}: where the files are, and what the receipt says of them."""
    from engine.deliver import build_deliverable

    subject = studio.subject_of_job(parameters.take, parameters.source, parameters.source_digest)
    folder = studio.folder / parameters.folder
    cues, language = read_cues(studio, context.results[parameters.captions]) if parameters.captions else ([], "und")
    order = DeliverableRequest(
        footage=subject.footage,
        label=parameters.label,
        recipe=parameters.recipe,
        input_transform=parameters.input_transform,
        start=parameters.start,
        end=parameters.end,
        cues=cues,
        language=language,
    )
    # Damage lies on the clock of the recording, whatever the speed.
    recorded, order = order, with_speed(order, parameters.speed)
    masters = {codec: _mastered_sound(studio, context.results[job_id]) for codec, job_id in parameters.masters.items()}
    known = studio.catalog.conditions.of(parameters.source_digest, subject.footage.probe.damage)
    reference = subject.take.label if subject.take else str(subject.footage.path)
    source = SourceCondition(
        recorded,
        known,
        parameters.damaged,
        lambda: keep_condition(studio, subject, parameters.source_digest, context),
        accept_command(parameters.recipe.name, reference, parameters.start or None, parameters.end),
        plays_sound=keeps_sound(recorded, order),
    )
    delivered = build_deliverable(
        order,
        folder,
        source=source,
        work=context.folder / "movie",
        masters=masters,
        source_digest=parameters.source_digest,
        replace=parameters.replace,
        progress=context.progress,
        cancelled=context.cancelled,
    )
    return {"folder": str(parameters.folder), "delivered": delivered.model_dump(mode="json")}


def _mastered_sound(studio: Studio, result: Mapping[str, Any]) -> MasteredSound:
    from engine.deliver import MasteredSound
    from engine.sound import Master

    if not master_is_current(studio, result):
        raise EngineError("The mastered sound is gone.", "Ask again: it will be made anew.")
    return MasteredSound(studio.folder / result["path"], Master.model_validate(result["master"]), tuple(result["told"]))


def delivery_is_current(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether its files are there, and the receipt still speaks of these very ones."""
    folder = studio.folder / result["folder"]
    try:
        listed = {file.path: file.sha256 for d in read_receipt(folder).deliveries for file in d.files}
    except EngineError:
        return False
    files = result["delivered"]["files"]
    return (
        all(
            listed.get(file["path"]) == file["sha256"]
            and (folder / file["path"]).is_file()
            and (folder / file["path"]).stat().st_size == file["bytes"]
            for file in files
        )
        and Deliverable.model_validate(result["delivered"]).passed
    )


def master_is_current(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the finished sound is there, as long as it was."""
    path = studio.folder / str(result["path"])
    return path.is_file() and path.stat().st_size == result["bytes"]
