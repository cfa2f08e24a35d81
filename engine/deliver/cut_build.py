"""Builds the film of a cut and checks it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from engine.atomic_files import make_folder
from engine.catalog import Encoding
from engine.deliver.caption_places import caption_notes
from engine.deliver.checks import check_no_words, speech_seconds
from engine.deliver.cover import STILL_WIDTH, cover_of
from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_copy import CopyPlan, plan_copies
from engine.deliver.cut_frames import write_cut_frames
from engine.deliver.cut_pictures import forget_cut_findings
from engine.deliver.cut_request import CutRequest, cut_codecs, refuse_impossible_cut, refuse_missing_cut_sources
from engine.deliver.cut_sound import cut_tracks, master_cut, recorded_mix, recorded_sounds
from engine.deliver.cut_titles import title_uses, without_caption_titles
from engine.deliver.dialog import cleaned_sound, cleaning_notes
from engine.deliver.failure import settle
from engine.deliver.follow import follow_notes, used_follows
from engine.deliver.look_receipt import film_looks
from engine.deliver.movie import write_deliverable_movie
from engine.deliver.movie_pictures import cut_format, open_cut_pictures
from engine.deliver.outputs import Examined, MasteredSound, Outputs, Progress, RecordedSound
from engine.deliver.ownership import SOUND_SUFFIXES, FinishedFiles, refuse_occupied, targets
from engine.deliver.perception_use import film_perception
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.poster import write_poster
from engine.deliver.provenance import ModelUse, device_facts, models_used, tools_used
from engine.deliver.receipt import Check, CutSource, CutTakeSource, Deliverable, TrackChoice, now
from engine.deliver.rendered_parts import FarmParts
from engine.deliver.request import DeliverableRequest
from engine.deliver.side_files import (
    write_caption_files,
    write_chapter_file,
    write_credits_file,
    write_sound_files,
)
from engine.deliver.signing import signing_of
from engine.deliver.still import footage_still
from engine.ingest import Footage, picture_transform, refuse_to_replace
from engine.picture import describe, forget_chunks
from engine.policy import Permission
from engine.sound import Codec, Master, SoundSource, profiles_path
from engine.timeline import rendition_digest


def build_cut(
    permission: Permission,
    order: CutRequest,
    folder: Path,
    *,
    work: Path | None = None,
    masters: Mapping[Codec, MasteredSound] | None = None,
    condition: CutCondition | None = None,
    source_digest: str = "",
    models: Sequence[ModelUse] = (),
    replace: bool = False,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    examined: Examined | None = None,
    farm: FarmParts | None = None,
) -> Deliverable:
    """Builds the film of a cut below `folder` and adds it to the folder's receipt, as `build_deliverable` for a take.

    `source_digest` identifies the cut in receipts: a later version of it replaces the files of an earlier one. Errors
    are those of `build_deliverable`.
    """
    permission.check("deliver")
    refuse_impossible_cut(order)
    refuse_missing_cut_sources(order)
    condition = condition or CutCondition(order)
    condition.refuse()
    tracks = cut_tracks(order, cancelled)
    for take in order.cut.takes:
        condition.check_sound(take, tracks[take].index if take in tracks else None, cancelled)
    make_folder(folder)
    for name in targets(order):
        for source in order.takes.values():
            refuse_to_replace(source.footage, folder / name)
    with ExitStack() as stack:
        scratch = work or Path(stack.enter_context(TemporaryDirectory(prefix=f".{order.label}.", dir=folder)))
        make_folder(scratch)
        finished = FinishedFiles(scratch)
        ours = refuse_occupied(order, folder, source_digest, replace=replace, finished=finished.digests)
        sound = order.recipe.sound

        def recorded(master: Master) -> RecordedSound:
            return recorded_mix(order, tracks, cancelled) if sound and sound.dialog else RecordedSound(master.before)

        notes = [*order.notes, *_notes(order), *follow_notes(order), *caption_notes(without_caption_titles(order))]
        made = Outputs(
            scratch, dict(masters or {}), condition, recorded, ours, examined=examined, notes=notes, farm=farm
        )
        made.signing = signing_of(order.recipe, [order.takes[one].digest for one in order.cut.takes], order.cut)
        made.cover = cover_of(order.recipe, _still(order), made.notes)
        if sound:
            _add_masters(order, tracks, made, stack, cancelled)
        made.no_words = _no_words(order, tracks, cancelled)
        if made.no_words:
            made.notes.append(f"the captions are empty: {made.no_words.measured}")
        plan = CopyPlan()
        if order.recipe.picture:
            plan = _movie(order, order.recipe.picture, folder, made, condition, progress, cancelled)
        elif order.recipe.frames:
            write_cut_frames(order, order.recipe.frames, folder, made, condition, progress, cancelled)
        if sound and not order.recipe.picture:
            write_sound_files(order, cut_codecs(order), folder, made)
        if order.recipe.captions:
            write_caption_files(order, folder, made)
        if order.chapters:
            write_chapter_file(order, folder, made)
        write_credits_file(order, folder, made)
        delivered = _receipt(order, source_digest, made, condition, tracks, plan, models)
        delivered = settle(order.recipe, folder, delivered)
        finished.clear()
        forget_chunks(scratch)
        forget_cut_findings(order, scratch)
    return delivered


def _still(order: CutRequest) -> Callable[[], NDArray[np.uint8]] | None:
    """What returns the sharpest frame of the first take with a picture that the film uses; None without one."""
    for take in order.cut.takes:
        source = order.takes[take]
        grid = source.footage.grid
        if not source.has_picture or grid is None:
            continue
        transform = picture_transform(source.footage, source.input_transform)
        spans = [range(grid.tick_at(start), grid.tick_at(end)) for start, end in order.used(take)]
        if transform and any(spans):
            return partial(_look, source.footage, transform, spans)
    return None


def _look(footage: Footage, transform: Encoding, spans: list[range]) -> NDArray[np.uint8]:
    return footage_still(footage, transform, STILL_WIDTH, spans=spans)[0]


def _notes(order: CutRequest) -> list[str]:
    notes = []
    if order.step > 1:
        notes.append(f"{float(order.cut.rate):g} frames per second: one of {order.step} frames is shown")
    if order.recipe.sound and order.recipe.sound.carry == "all" and order.has_sound:
        notes.append("the original sound tracks are not carried: the film joins several recordings")
    if order.recipe.sound and not order.has_sound:
        notes.append("no decodable sound in the takes, no dialog in the deliverable")
    return notes


def _add_masters(
    order: CutRequest,
    tracks: Mapping[str, TrackChoice],
    made: Outputs,
    stack: ExitStack,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Masters the codecs that are missing."""
    recipe = order.recipe.sound
    assert recipe
    missing = [codec for codec in cut_codecs(order) if codec not in made.masters]
    sounds, notes, limited_db = recorded_sounds(order, tracks), list[str](), 0.0
    if missing and recipe.dialog:
        for number, take in enumerate(sounds, 1):
            source = order.takes[take]
            request = DeliverableRequest(source.footage, source.label, order.recipe, source.input_transform)
            work = made.work / f"dialog-{number}"
            make_folder(work)
            path, report = cleaned_sound(request, recipe.dialog, work, cancelled)
            stack.callback(path.unlink, missing_ok=True)
            sounds[take] = SoundSource(path)
            notes += [f"{source.label}: {note}" for note in cleaning_notes(report)]
            limited_db = max(limited_db, report.limited_db)
    for codec in missing:
        path = made.work / f"sound{SOUND_SUFFIXES[codec]}"
        master = master_cut(order, recipe, sounds, codec, path, limited_db=limited_db, cancelled=cancelled)
        for one in (path, profiles_path(path)):
            stack.callback(one.unlink, missing_ok=True)
        made.masters[codec] = MasteredSound(path, master, tuple(notes))


def _no_words(
    order: CutRequest, tracks: Mapping[str, TrackChoice], cancelled: Callable[[], bool] | None
) -> Check | None:
    """The verdict on captions without words; None if there are words or the recipe needs none."""
    if not order.recipe.needs_words or order.cues:
        return None
    if not tracks:
        return check_no_words(None)
    spoken = Fraction(0)
    for take, track in tracks.items():
        footage = order.takes[take].footage
        for start, end in order.used(take):
            spoken += speech_seconds(footage.path, track.index, start, end - start, cancelled)
    return check_no_words(spoken)


def _movie(
    order: CutRequest,
    recipe: PictureRecipe,
    folder: Path,
    made: Outputs,
    condition: CutCondition,
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> CopyPlan:
    wanted = cut_format(order, recipe)
    mastered = made.masters.get(order.recipe.sound.codec) if order.recipe.sound else None
    if mastered:
        made.use_master(mastered)
    path = folder / f"{order.file_name}.{order.recipe.movie_format}"
    plan = plan_copies(order, wanted, condition, cancelled)
    with (
        made.file(path, "movie") as unfinished,
        open_cut_pictures(order, recipe, condition, made.work) as pictures,
    ):
        finished = write_deliverable_movie(
            order,
            wanted,
            pictures,
            unfinished,
            made,
            copies=plan.stretches,
            progress=progress,
            cancelled=cancelled,
        )
        made.check(finished, path)
    write_poster(order, path, made)
    return plan


def _receipt(
    order: CutRequest,
    source_digest: str,
    made: Outputs,
    condition: CutCondition,
    tracks: Mapping[str, TrackChoice],
    plan: CopyPlan,
    models: Sequence[ModelUse],
) -> Deliverable:
    recipe, master = order.recipe, made.master
    takes = []
    for take in order.cut.takes:
        source, damage = order.takes[take], condition.of(take)
        shown = recipe.picture if source.has_picture else None
        seen = recipe.shows and source.has_picture
        transform = picture_transform(source.footage, source.input_transform) if seen else None
        takes.append(
            CutTakeSource(
                take=source.label,
                source_digest=source.digest,
                input_transform=transform,
                conversion=describe(transform, shown.view, shown.rendering) if shown and transform else None,
                sound_track=tracks.get(take) if master else None,
                seal=source.seal,
                complete=not damage,
                damage=damage,
            )
        )
    cut = order.cut
    return Deliverable(
        take=order.label,
        source_digest=source_digest,
        recipe=recipe.name,
        recipe_digest=recipe.digest,
        approval=recipe.approval,
        signature=made.signing.record if made.signing else None,
        tools=tools_used(recipe, made.encoder),
        models=models_used(recipe, models),
        device=device_facts(recipe.shows),
        parts=made.parts,
        seams=made.seams,
        input_transform=None,
        rendering=recipe.picture.rendering if recipe.picture else None,
        start=Fraction(0),
        duration=order.duration,
        gain_db=master.gain.db if master else None,
        gain_held_by=master.gain.held_by if master else None,
        limiter=master.limiter if master else None,
        fidelity=made.fidelity,
        looks=film_looks(order),
        perception=film_perception(order),
        follow=used_follows(order),
        packages=order.packages,
        sequence=made.sequence,
        files=made.entries(),
        checks=tuple(made.checks),
        notes=tuple(made.notes),
        complete=not condition.damage,
        damage=condition.damage,
        platform=made.platform,
        cut=CutSource(
            name=cut.name,
            digest=rendition_digest(cut),
            rate=cut.rate,
            clips=len(cut.clips),
            takes=tuple(takes),
            copied=plan.copied,
            encoded=plan.encoded,
            titles=title_uses(cut) if recipe.shows else (),
        ),
        made_at=now(),
    )
