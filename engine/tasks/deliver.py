"""Sound is mastered, then picture, sound and cues become a deliverable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from engine.atomic_files import make_folder
from engine.deliver import (
    Delivered,
    Order,
    SourceCondition,
    accept_command,
    at_speed,
    heard_track,
    keeps_sound,
    master_stretch,
    read_receipt,
)
from engine.errors import EngineError
from engine.jobs import JobContext
from engine.tasks.clean import cleaned
from engine.tasks.condition import keep_condition
from engine.tasks.parameters import DeliverParameters, MasterParameters
from engine.tasks.transcribe import read_cues

if TYPE_CHECKING:
    from engine.deliver import Mastered
    from engine.studio import Studio


def master(studio: Studio, asked: MasterParameters, context: JobContext, job_id: str) -> dict[str, Any]:
    """{path, bytes, master, told}: the finished sound, what mastering measured and did, what cleaning had to tell."""
    from engine.deliver import cleaning_told

    footage = studio.subject_again(asked.take, asked.source, asked.source_digest).footage
    source, index = footage.path, None
    told: tuple[str, ...] = ()
    if asked.cleaned:
        source, report = cleaned(studio, context.results[asked.cleaned])
        told = cleaning_told(report)
    elif track := heard_track(footage, asked.start, asked.duration, context.cancelled):
        index = track.index
    path = studio.artefacts(asked.take) / "masters" / f"{job_id}.{'m4a' if asked.codec == 'aac' else 'wav'}"
    make_folder(path.parent)
    done = master_stretch(
        source,
        asked.sound,
        asked.codec,
        path,
        index=index,
        start=asked.start,
        duration=asked.duration,
        edit_list=asked.edit_list,
        progress=lambda share: context.progress(round(share * 1000), 1000, "‰", asked.label),
        cancelled=context.cancelled,
    )
    return {
        "path": str(studio.below(path)),
        "bytes": path.stat().st_size,
        "master": done.model_dump(mode="json"),
        "told": list(told),
    }


def deliver(studio: Studio, asked: DeliverParameters, context: JobContext) -> dict[str, Any]:
    """{folder, delivered}: where the files are, and what the receipt says of them."""
    from engine.deliver import make

    subject = studio.subject_again(asked.take, asked.source, asked.source_digest)
    folder = studio.folder / asked.folder
    cues, language = read_cues(studio, context.results[asked.captions]) if asked.captions else ([], "und")
    order = Order(
        footage=subject.footage,
        label=asked.label,
        recipe=asked.recipe,
        input_transform=asked.input_transform,
        start=asked.start,
        end=asked.end,
        cues=cues,
        language=language,
    )
    # Damage lies on the clock of the recording, whatever the speed.
    recorded, order = order, at_speed(order, asked.speed)
    masters = {codec: _mastered(studio, context.results[job_id]) for codec, job_id in asked.masters.items()}
    known = studio.catalog.conditions.of(asked.source_digest, subject.footage.probe.damage)
    reference = subject.take.label if subject.take else str(subject.footage.path)
    source = SourceCondition(
        recorded,
        known,
        asked.damaged,
        lambda: keep_condition(studio, subject, asked.source_digest, context),
        accept_command(asked.recipe.name, reference, asked.start or None, asked.end),
        plays_sound=keeps_sound(recorded, order),
    )
    delivered = make(
        order,
        folder,
        source=source,
        work=context.folder / "movie",
        masters=masters,
        source_digest=asked.source_digest,
        replace=asked.replace,
        progress=context.progress,
        cancelled=context.cancelled,
    )
    return {"folder": str(asked.folder), "delivered": delivered.model_dump(mode="json")}


def _mastered(studio: Studio, result: Mapping[str, Any]) -> Mastered:
    from engine.deliver import Mastered
    from engine.sound import Master

    if not master_intact(studio, result):
        raise EngineError("The mastered sound is gone.", "Ask again: it will be made anew.")
    return Mastered(studio.folder / result["path"], Master.model_validate(result["master"]), tuple(result["told"]))


def delivery_intact(studio: Studio, result: Mapping[str, Any]) -> bool:
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
        and Delivered.model_validate(result["delivered"]).passed
    )


def master_intact(studio: Studio, result: Mapping[str, Any]) -> bool:
    """Whether the finished sound is there, as long as it was."""
    path = studio.folder / str(result["path"])
    return path.is_file() and path.stat().st_size == result["bytes"]
