"""The job graph of a deliverable: clean, master, transcribe, caption, deliver."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.catalog import Encoding
from engine.deliver import (
    DeliverableRequest,
    Recipe,
    Speed,
    cover_digest,
    looks_as_json,
    recipe_look,
    required_codecs,
    stretch_label,
    with_speed,
)
from engine.errors import EngineError
from engine.jobs import JobRequest
from engine.sound import load_preset
from engine.tasks.archive import contents_of
from engine.tasks.caption import caption_request
from engine.tasks.caption_faces import caption_faces_request
from engine.tasks.chunk_jobs import FarmChoice, burns_captions, part_fields, plan_parts
from engine.tasks.clean import clean_request
from engine.tasks.context import TaskContext
from engine.tasks.deliver import TASK as DELIVER
from engine.tasks.deliver import DeliverParameters
from engine.tasks.follow import follow_inputs
from engine.tasks.master import master_request
from engine.tasks.render_chunk import TASK as RENDER_CHUNK
from engine.tasks.requests import REQUESTED, project_of, subject_parameters
from engine.tasks.signing_key import required_certificate
from engine.tasks.take_sources import needed_sources
from engine.tasks.task import Task
from engine.tasks.transcribe_options import DEFAULT_OPTIONS, TranscribeOptions
from engine.tasks.used_packages import packages_of

if TYPE_CHECKING:
    from engine.transfer import Subject


def delivery_request(
    context: TaskContext,
    subject: Subject,
    recipe: Recipe,
    folder: Path,
    *,
    input_transform: Encoding | None = None,
    start: Fraction = Fraction(0),
    end: Fraction | None = None,
    options: TranscribeOptions = DEFAULT_OPTIONS,
    task: Task[DeliverParameters] = DELIVER,
    priority: int = REQUESTED,
    damaged: bool = False,
    waits_for: EngineError | None = None,
    overwrite: bool = False,
    speed: Speed | None = None,
    label: str | None = None,
    farm: FarmChoice = "",
) -> JobRequest:
    """Requests one recipe for a stretch of a subject, after the jobs that create its masters, its captions and the
    products that its look reads.

    `label` names the files; the default is `stretch_label`. With `farm`, jobs of their own render the parts of its
    picture, on any machine of the farm; `mixed` accepts machines with other devices.

    Raises RequestError if the recipe needs words or its look a mask and no model is found, or a signature and there is
    no key; GateError if the look reads a mask of a log picture whose input transform is not confirmed.
    """
    request = with_speed(DeliverableRequest(subject.footage, subject.label, recipe, input_transform, start, end), speed)
    has_sound = any(track.decodable for track in request.footage.probe.sound)
    cleaned: JobRequest | None = None
    if recipe.sound and recipe.sound.dialog and has_sound:
        preset = load_preset(recipe.sound.dialog)
        cleaned = clean_request(context, subject, preset, model=options.model, priority=priority)
    masters: dict[Literal["aac", "wav", "mp3"], JobRequest] = {
        codec: master_request(context, subject, request, codec, cleaned, priority) for codec in required_codecs(request)
    }
    captions: JobRequest | None = None
    translation: JobRequest | None = None
    look = recipe_look(recipe, context.paths.folder)
    # As recorded: sources are found by the times of recorded frames.
    sources = needed_sources(
        context,
        subject,
        [look] if look else [],
        start,
        end,
        input_transform=input_transform,
        priority=priority,
    )
    if recipe.needs_words and has_sound:
        spoken = replace(options, speakers=recipe.labels_speakers)
        captions = caption_request(context, subject, spoken, priority, recipe.caption_style)
        if recipe.translates:
            translated = replace(spoken, translate=True)
            translation = caption_request(context, subject, translated, priority, recipe.caption_style)
    follow, followed = follow_inputs(context, subject, recipe, input_transform, options, priority)
    avoided = caption_faces_request(context, subject, recipe, input_transform, priority)
    if avoided and avoided not in followed:
        followed = (*followed, avoided)
    fields = subject_parameters(subject)
    fields["label"] = label or stretch_label(subject.label, start, end)
    parameters = DeliverParameters(
        **fields,
        recipe=recipe,
        input_transform=input_transform,
        start=start,
        end=end,
        masters={codec: master.id for codec, master in masters.items()},
        captions=captions.id if captions else None,
        translation=translation.id if translation else None,
        folder=context.paths.relative(folder),
        replace=overwrite,
        speed=speed,
        damaged=damaged,
        contents=contents_of(context, recipe, [subject], None, folder),
        credential=required_certificate(context, recipe),
        cover=cover_digest(recipe),
        markers=_poster_markers(context, subject, recipe),
        looks=looks_as_json([("", look)] if look else []),
        follow=follow,
        caption_faces=avoided.id if avoided else None,
        packages=packages_of(
            context.paths.folder,
            recipe,
            [look] if look else [],
            project=context.paths.project_folder(project) if (project := project_of(subject)) else None,
        ),
        sources=sources.folders,
    )
    captioned = tuple(one for one in (captions, translation) if one)
    after = (*masters.values(), *captioned, *followed, *sources.jobs)
    if farm:
        shown = captioned if burns_captions(recipe) else ()
        use, parts = plan_parts(
            context,
            replace(request, look=look, label=fields["label"]),
            RENDER_CHUNK,
            part_fields(parameters, shown=bool(shown)),
            (*shown, *followed, *sources.jobs),
            project_of(subject),
            priority,
            mixed=farm == "mixed",
            waits=waits_for is not None,
        )
        parameters, after = parameters.model_copy(update={"farm": use}), (*after, *parts)
    return task.request(context, parameters, project_of(subject), after, priority, waits_for)


def _poster_markers(context: TaskContext, subject: Subject, recipe: Recipe) -> tuple[tuple[Fraction, str], ...]:
    """The markers of a take that the recipe's poster names; others must not change the job."""
    if subject.take is None or recipe.poster is None or recipe.poster.marker is None:
        return ()
    markers = context.catalog.reviews.markers(subject.take)
    return tuple((one.at, one.label) for one in markers if one.label == recipe.poster.marker)
