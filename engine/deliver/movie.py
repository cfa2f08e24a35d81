"""Writes the movie of a delivery and checks it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from engine.deliver.checks import check_carried, check_chapters, check_embedded, check_movie
from engine.deliver.content_checks import check_no_sound_made, check_picture_kept
from engine.deliver.copy_checks import check_copies
from engine.deliver.fidelity import summarize_fidelity
from engine.deliver.outputs import Outputs, Progress
from engine.deliver.privacy import check_privacy, kept_tags
from engine.deliver.recipe import PictureRecipe
from engine.deliver.request import Programme
from engine.picture import (
    CaptionTrack,
    CopiedStretch,
    Fit,
    LightMetadata,
    MovieLayout,
    OutputSpec,
    PictureContent,
    PictureFormat,
    YuvPlanes,
    captions_in,
    chapters_in,
    encoder_for,
    insides,
    inspect_movie,
    recorded_pictures,
    write_movie,
)
from engine.sound import PASSTHROUGH_TIMESCALE, Passthrough, measure_file, passthrough_tracks_in


class PictureStream(Protocol):
    """The pictures of a programme, rendered for the encoder."""

    def frames(self, stretch: range) -> Iterator[YuvPlanes]:
        """The pictures of a range of frames, counted from the programme's first."""

    def finish(self) -> list[str]:
        """Completes the condition of the sources after the last frame, and returns notes about them.

        Raises GateError if they are damaged and that is not accepted.
        """

    @property
    def content(self) -> PictureContent:
        """The content of the sources' frames."""


def picture_format(
    recipe: PictureRecipe, size: tuple[int, int], rate: Fraction, frames: int, light: LightMetadata | None
) -> PictureFormat:
    """The format of a movie by a recipe; `rate` in frames per second."""
    width, height = size
    return PictureFormat(
        width=width,
        height=height,
        rate=rate,
        frames=frames,
        codec=recipe.codec,
        bit_depth=recipe.bit_depth,
        view=recipe.view,
        gop=max(1, int(rate * Fraction(recipe.gop_seconds).limit_denominator(1000))),
        effort=recipe.effort,
        bit_rate=recipe.bits_per_second(width, height, rate),
        quality=recipe.quality,
        light=light,
    )


def output_spec(recipe: PictureRecipe, size: tuple[int, int]) -> OutputSpec:
    """The format of the pictures for the encoder of a recipe."""
    fit: Fit = "fit" if recipe.fit == "within" else "fill"
    return OutputSpec(*size, recipe.view, recipe.bit_depth, fit, recipe.chroma)


def write_checked_movie(
    order: Programme,
    wanted: PictureFormat,
    pictures: PictureStream,
    path: Path,
    unfinished: Path,
    made: Outputs,
    *,
    carry: Passthrough | None = None,
    copies: Sequence[CopiedStretch] = (),
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> None:
    """Writes a movie to `unfinished` and checks it for `path`: pictures, sound, carried tracks, captions, chapters.

    The frames of `copies` are copied; `pictures` has all others.
    Errors as `write_movie` and `PictureStream.finish`.
    """
    recipe, container = order.recipe.picture, order.recipe.container
    assert recipe
    mastered = made.masters.get(order.recipe.sound.codec) if order.recipe.sound else None
    timescale = PASSTHROUGH_TIMESCALE if carry else None
    tags = kept_tags(order.recipe.metadata.keep, order.captures)
    captions = [one for one in order.caption_tracks if one.cues] if order.recipe.embeds_captions else []
    lines = [[(cue.start, cue.end, cue.text) for cue in one.cues] for one in captions]
    passengers = [carry.join] if carry else []
    for one, said in zip(captions, lines, strict=True):
        passengers.append(CaptionTrack(said, order.duration, one.language).join)

    def encoded(done: int) -> None:
        if progress:
            progress(done, wanted.frames, "frames", order.label)

    chunks = write_movie(
        unfinished,
        pictures.frames,
        wanted,
        work=made.work,
        sound=mastered.path if mastered else None,
        passengers=passengers,
        layout=MovieLayout(order.recipe.movie_format, container.edit_list, container.faststart, timescale, tags),
        chapters=order.chapters,
        copies=copies,
        progress=encoded,
        cancelled=cancelled,
    )
    made.notes += pictures.finish()
    carried = 0
    if carry:
        carry.finish(unfinished)
        carried = len(carry.carried)
        made.check(path, check_carried(carry.carried, passthrough_tracks_in(unfinished, carry.carried)))
    made.sign(path, unfinished)
    for number, said in enumerate(lines):
        made.check(path, check_embedded(said, captions_in(unfinished, number)))
    if order.chapters:
        made.check(path, check_chapters(order.chapters, chapters_in(unfinished)))
    survey = made.movie = inspect_movie(unfinished, insides(copies))
    made.encoder = encoder_for(wanted).name if chunks else None
    made.fidelity = summarize_fidelity(chunks, wanted.rate, recipe.fidelity_floor) if chunks else None
    made.check(
        path, check_movie(unfinished, survey, order.recipe, wanted, bool(mastered), made.fidelity, chunks, copies)
    )
    made.check(path, [check_privacy(unfinished, order.recipe.metadata.keep, tags, survey.metadata)])
    content = pictures.content
    if copies:
        recorded = recorded_pictures(copies)
        made.check(path, check_copies(unfinished, survey, copies, recorded))
        content = content.joined(recorded.content)
    cropped = recipe.fit == "fill-upright"
    made.check(path, [check_picture_kept(content, survey.content, cropped=cropped)])
    if made.no_words and (order.recipe.burns_captions or order.recipe.embeds_captions):
        made.check(path, [made.no_words])
    if made.master and order.recipe.sound:
        made.check(path, made.check_sound(made.master, measure_file(unfinished)))
    elif order.recipe.sound:
        made.check(path, [check_no_sound_made(made.source_tracks, carried)])
