"""The request of the film of a cut, with the jobs that create its sound, its captions and its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.deliver import CutRequest, cover_digest, cut_codecs, looks_as_json, shows_captions
from engine.errors import EngineError
from engine.jobs import JobRequest
from engine.sound import load_preset
from engine.tasks.archive import contents_of
from engine.tasks.caption_faces import cut_faces_requests
from engine.tasks.chunk_jobs import FarmChoice, burns_captions, part_fields, plan_parts
from engine.tasks.clean import clean_request
from engine.tasks.context import TaskContext
from engine.tasks.cut_captions import cut_caption_request
from engine.tasks.cut_copies import cut_copies_request
from engine.tasks.cut_deliver import TASK as CUT_DELIVER
from engine.tasks.cut_deliver import CutDeliverParameters
from engine.tasks.cut_parameters import cut_fields, without_transforms
from engine.tasks.cut_render_chunk import TASK as CUT_RENDER_CHUNK
from engine.tasks.cut_sound import cut_sound_request
from engine.tasks.follow import FollowInputs, follow_inputs
from engine.tasks.requests import REQUESTED
from engine.tasks.signing_key import required_certificate
from engine.tasks.take_sources import cut_sources
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions
from engine.tasks.used_packages import cut_packages
from engine.timeline import placed_markers

if TYPE_CHECKING:
    from engine.transfer import Subject


def cut_delivery_request(
    context: TaskContext,
    project: str,
    order: CutRequest,
    subjects: Mapping[str, Subject],
    folder: Path,
    *,
    options: TranscribeOptions = DEFAULT_OPTIONS,
    priority: int = REQUESTED,
    damaged: bool = False,
    waits_for: EngineError | None = None,
    overwrite: bool = False,
    farm: FarmChoice = "",
) -> JobRequest:
    """Requests the film of a cut, after the jobs that create its sound and captions; `subjects` by take id.

    `farm` is as for a take (`delivery_request`). Raises RequestError if the recipe needs words and no speech model is
    found, or a signature and there is no key.
    """
    recipe = order.recipe
    cut = cut_fields(context, project, order.cut, subjects)
    heard = without_transforms(cut)
    cleaned: dict[str, JobRequest] = {}
    if recipe.sound and recipe.sound.dialog:
        preset = load_preset(recipe.sound.dialog)
        cleaned = {
            take: clean_request(context, subject, preset, model=options.model, priority=priority)
            for take, subject in subjects.items()
            if subject.has_sound
        }
    masters: dict[Literal["aac", "wav", "mp3"], JobRequest] = {
        codec: cut_sound_request(context, heard, recipe, codec, cleaned, priority) for codec in cut_codecs(order)
    }
    captions: JobRequest | None = None
    translation: JobRequest | None = None
    if (recipe.needs_words or (recipe.shows and shows_captions(order.cut))) and order.has_sound:
        spoken = replace(options, speakers=recipe.labels_speakers)
        style = recipe.caption_style
        captions = cut_caption_request(context, heard, subjects, spoken, priority, style)
        if recipe.translates:
            translated = replace(spoken, translate=True)
            translation = cut_caption_request(context, heard, subjects, translated, priority, style)
    follow: dict[str, FollowInputs] = {}
    followed: list[JobRequest] = []
    for take, subject in subjects.items():
        inputs, needed = follow_inputs(context, subject, recipe, None, options, priority)
        followed += needed
        if inputs:
            follow[take] = inputs
    avoided = cut_faces_requests(context, subjects, recipe, priority)
    followed += [one for one in avoided.values() if one not in followed]
    sources = cut_sources(context, order, subjects, priority)
    parameters = CutDeliverParameters(
        **dict(cut),
        recipe=recipe,
        masters={codec: job.id for codec, job in masters.items()},
        captions=captions.id if captions else None,
        translation=translation.id if translation else None,
        folder=context.paths.relative(folder),
        replace=overwrite,
        damaged=damaged,
        contents=contents_of(context, recipe, list(subjects.values()), order.cut, folder),
        credential=required_certificate(context, recipe),
        cover=cover_digest(recipe),
        markers=_poster_markers(order),
        looks=looks_as_json(order.looks.items()),
        follow=follow,
        caption_faces={take: job.id for take, job in avoided.items()},
        packages=cut_packages(context.paths.folder, order, context.paths.project_folder(project)),
        sources={take: needed.folders for take, needed in sources.items()},
    )
    first = tuple(job for needed in sources.values() for job in needed.jobs)
    captioned = tuple(one for one in (captions, translation) if one)
    after = (*masters.values(), *captioned, *followed, *first)
    if farm:
        shown = captioned if burns_captions(recipe) or shows_captions(order.cut) else ()
        copies = (
            cut_copies_request(context, cut, recipe, parameters.looks, priority)
            if recipe.picture and recipe.picture.copy_shots != "never"
            else None
        )
        use, parts = plan_parts(
            context,
            order,
            CUT_RENDER_CHUNK,
            part_fields(parameters, shown=bool(shown)),
            (*shown, *followed, *first),
            project,
            priority,
            mixed=farm == "mixed",
            copies=copies,
            waits=waits_for is not None,
        )
        parameters, after = parameters.model_copy(update={"farm": use}), (*after, *parts)
    return CUT_DELIVER.request(context, parameters, project, after, priority, waits_for)


def _poster_markers(order: CutRequest) -> tuple[tuple[Fraction, str], ...]:
    """The markers of a cut that the recipe's poster names; its film is stored without markers."""
    poster, cut = order.recipe.poster, order.cut
    wanted = poster.marker if poster else None
    placed = placed_markers(cut) if wanted is not None else ()
    return tuple((one.tick / cut.rate, wanted) for one in placed if wanted and one.marker.label == wanted)
