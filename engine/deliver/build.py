"""Builds the files of a deliverable request and checks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import make_folder
from engine.catalog import Condition
from engine.deliver.caption_places import caption_notes
from engine.deliver.condition import SourceCondition, forget_findings
from engine.deliver.cover import STILL_WIDTH, cover_of
from engine.deliver.dialog import cleaned_sound, cleaning_notes
from engine.deliver.failure import settle
from engine.deliver.follow import follow_notes, used_follows
from engine.deliver.look_receipt import take_looks
from engine.deliver.master import dialog_track, master_stretch, required_codecs
from engine.deliver.movie import write_deliverable_movie
from engine.deliver.movie_pictures import open_take_pictures, take_format
from engine.deliver.outputs import Examined, MasteredSound, Outputs, Progress
from engine.deliver.ownership import SOUND_SUFFIXES, FinishedFiles, refuse_occupied, targets
from engine.deliver.perception_use import take_perception
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.poster import write_poster
from engine.deliver.provenance import ModelUse, device_facts, models_used, tools_used
from engine.deliver.receipt import Deliverable, now
from engine.deliver.recipe import SoundRecipe
from engine.deliver.rendered_parts import FarmParts
from engine.deliver.request import DeliverableRequest, refuse_impossible, refuse_missing_sources
from engine.deliver.side_files import write_caption_files, write_credits_file, write_sound_files
from engine.deliver.signing import signing_of
from engine.deliver.source_content import CONTENT, SourceSound
from engine.deliver.speed import refuse_unanswered
from engine.deliver.still import footage_still
from engine.deliver.take_frames import write_take_frames
from engine.ingest import picture_transform, refuse_to_replace
from engine.picture import describe, forget_chunks
from engine.policy import Permission
from engine.sound import Codec, Master, Passthrough, downmix_of, profiles_path


def build_deliverable(
    permission: Permission,
    order: DeliverableRequest,
    folder: Path,
    *,
    work: Path | None = None,
    masters: Mapping[Codec, MasteredSound] | None = None,
    source: SourceCondition | None = None,
    source_digest: str = "",
    models: Sequence[ModelUse] = (),
    replace: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    examined: Examined | None = None,
    farm: FarmParts | None = None,
) -> Deliverable:
    """Builds the requested files below `folder` and adds them to the folder's receipt.

    Each file appears under its name only when it is complete. The checks run on the finished files and
    are recorded, passed or not. Finished chunks of a long render are kept below `work`, which belongs to
    this request alone, so the next attempt resumes from them. Without `work`, they are kept in a temporary
    folder beside the deliverable for this call only. `masters` are finished sounds; missing ones are
    mastered first. The files are byte-identical either way. `source` is the known condition of the footage;
    the default is the damage that its probe found. `models` made the captions and checked the dialog. `examined`
    receives each finished file with the results of its checks, which can run again (`run_checks`). `farm` is what other
    jobs rendered of the picture; their files are below `work`.

    An existing file is replaced only if this delivery wrote it (`refuse_occupied`).

    Raises PolicyError without the permission to deliver, RequestError if the request is impossible, FileInTheWayError
    if a file must not be replaced, GateError if the picture needs a decision of the user or the stretch is damaged and
    not accepted, Cancelled, or EngineError if the work failed.
    """
    permission.check("deliver")
    refuse_unanswered(order)
    refuse_impossible(order)
    refuse_missing_sources(order)
    condition = source or SourceCondition(order, Condition(damage=order.footage.probe.damage))
    condition.refuse()
    track = dialog_track(order.footage, order.begin, order.duration, cancelled)
    condition.track = track.index if track else None
    condition.check_sound(cancelled)
    condition.refuse()
    make_folder(folder)
    for name in targets(order):
        refuse_to_replace(order.footage, folder / name)
    carry = _carry(order)
    with ExitStack() as stack:
        scratch = work or Path(stack.enter_context(TemporaryDirectory(prefix=f".{order.label}.", dir=folder)))
        finished = FinishedFiles(scratch)
        ours = refuse_occupied(order, folder, source_digest, replace=replace, finished=finished.digests)
        notes = [*order.notes, *(carry.left_out if carry else ()), *follow_notes(order), *caption_notes(order)]
        sounds = SourceSound(order, track, cancelled)
        tracks = len(order.footage.probe.sound)
        made = Outputs(
            scratch,
            dict(masters or {}),
            condition,
            sounds.recorded,
            ours,
            sounds.check_words(),
            tracks,
            examined,
            notes=notes,
            farm=farm,
        )
        made.signing = signing_of(order.recipe, [source_digest])
        made.cover = cover_of(order.recipe, _still(order) if order.has_picture else None, made.notes)
        if made.no_words:
            made.notes.append(f"the captions are empty: {made.no_words.measured}")
        if order.recipe.sound:
            missing = [codec for codec in required_codecs(order) if codec not in made.masters]
            heard, cleaned, limited_db = order.footage.path, tuple[str, ...](), 0.0
            if missing and order.recipe.sound.dialog:
                heard, report = cleaned_sound(order, order.recipe.sound.dialog, scratch, cancelled)
                stack.callback(heard.unlink, missing_ok=True)
                cleaned, limited_db = cleaning_notes(report), report.limited_db
            for codec in missing:
                index = track.index if track and heard == order.footage.path else None
                master = _master(order, order.recipe.sound, heard, index, codec, limited_db, scratch, cancelled)
                for path in (master[0], profiles_path(master[0])):
                    stack.callback(path.unlink, missing_ok=True)
                made.masters[codec] = MasteredSound(*master, cleaned)
        recipe, picture = order.recipe, order.footage.probe.picture
        if recipe.picture:
            _movie(order, recipe.picture, folder, made, condition, carry, progress, cancelled)
        elif recipe.frames:
            write_take_frames(order, recipe.frames, folder, made, condition, source_digest, progress, cancelled)
        if recipe.sound and not recipe.picture:
            write_sound_files(order, required_codecs(order), folder, made)
        if recipe.captions:
            write_caption_files(order, folder, made)
        write_credits_file(order, folder, made)
        transform = picture_transform(order.footage, order.input_transform) if recipe.shows else None
        delivered = Deliverable(
            take=order.label,
            source_digest=source_digest,
            recipe=recipe.name,
            recipe_digest=recipe.digest,
            input_transform=transform,
            rendering=recipe.picture.rendering if recipe.picture else None,
            conversion=describe(transform, recipe.picture.view, recipe.picture.rendering)
            if transform and recipe.picture
            else None,
            start=order.begin,
            duration=order.duration,
            gain_db=made.master.gain.db if made.master else None,
            gain_held_by=made.master.gain.held_by if made.master else None,
            limiter=made.master.limiter if made.master else None,
            deinterlacer=picture.deinterlacer if recipe.shows and picture else None,
            sound_track=track if made.master else None,
            downmix=downmix_of(order.footage.path, track.index if track else None) if made.master else None,
            carried=carry.carried if carry else (),
            fidelity=made.fidelity,
            looks=take_looks(order),
            perception=take_perception(order),
            follow=used_follows(order),
            packages=order.packages,
            sequence=made.sequence,
            files=made.entries(),
            checks=tuple(made.checks),
            notes=tuple(made.notes),
            complete=not condition.damage,
            damage=condition.damage,
            platform=made.platform,
            approval=recipe.approval,
            signature=made.signing.record if made.signing else None,
            seal=order.seal,
            tools=tools_used(recipe, made.encoder),
            models=models_used(recipe, models),
            device=device_facts(recipe.shows),
            parts=made.parts,
            seams=made.seams,
            made_at=now(),
        )
        delivered = settle(recipe, folder, delivered)
        finished.clear()
        forget_chunks(scratch)
        forget_findings(scratch)
        (scratch / CONTENT).unlink(missing_ok=True)
    return delivered


def _still(order: DeliverableRequest) -> Callable[[], NDArray[np.uint8]]:
    """What returns the sharpest frame of the stretch."""

    def look() -> NDArray[np.uint8]:
        transform = picture_transform(order.footage, order.input_transform)
        assert transform
        return footage_still(order.footage, transform, STILL_WIDTH, spans=[order.ticks])[0]

    return look


def _master(
    order: DeliverableRequest,
    recipe: SoundRecipe,
    source: Path,
    index: int | None,
    codec: Codec,
    limited_db: float,
    work: Path,
    cancelled: Callable[[], bool] | None,
) -> tuple[Path, Master]:
    path = work / f"sound{SOUND_SUFFIXES[codec]}"
    master = master_stretch(
        source,
        recipe,
        codec,
        path,
        index=index,
        start=order.begin,
        duration=order.duration,
        edit_list=order.recipe.container.edit_list,
        limited_db=limited_db,
        cancelled=cancelled,
    )
    return path, master


def _carry(order: DeliverableRequest) -> Passthrough | None:
    """The original sound tracks to carry into the movie. RequestError if the container cannot carry them."""
    path, recipe, sounds = order.footage.path, order.recipe, order.footage.probe.sound
    if recipe.picture is None or recipe.sound is None or recipe.sound.carry == "none" or not sounds:
        return None
    end = None if order.end is None else order.begin + order.duration
    return Passthrough(path, sounds, recipe.movie_format, start=order.begin, end=end, length=order.duration)


def _movie(
    order: DeliverableRequest,
    recipe: PictureRecipe,
    folder: Path,
    made: Outputs,
    condition: SourceCondition,
    carry: Passthrough | None,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    wanted = take_format(order, recipe)
    mastered = made.masters.get(order.recipe.sound.codec) if order.recipe.sound else None
    if mastered:
        made.use_master(mastered)
    elif order.recipe.sound:
        heard = "no decodable sound" if order.footage.probe.sound else "no sound"
        made.notes.append(f"{heard} in the footage, no dialog in the deliverable")
    path = folder / f"{order.file_name}.{order.recipe.movie_format}"
    with (
        made.file(path, "movie") as unfinished,
        open_take_pictures(order, recipe, condition, made.work) as pictures,
    ):
        finished = write_deliverable_movie(
            order, wanted, pictures, unfinished, made, carry=carry, progress=progress, cancelled=cancelled
        )
        made.check(finished, path)
    write_poster(order, path, made)
