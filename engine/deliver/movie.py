"""Writes the movie of a delivery."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Protocol, TypeVar

from engine.deliver.canvas import background_light, crop_anchor
from engine.deliver.checks import CREDITS_TAG, Finished, MovieSource, kept_tags, movie_credits
from engine.deliver.outputs import Outputs, Progress
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.request import Programme
from engine.deliver.seams import check_seams
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
    encoder_for,
    write_movie,
)
from engine.sound import PASSTHROUGH_TIMESCALE, Passthrough

Rendered_co = TypeVar("Rendered_co", covariant=True)
"""A rendered picture: planes for an encoder, or scene-linear light."""


class PictureStream(Protocol[Rendered_co]):
    """The pictures of a programme, rendered."""

    def frames(self, stretch: range) -> Iterator[Rendered_co]:
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
        passes=recipe.passes,
    )


def output_spec(recipe: PictureRecipe, size: tuple[int, int]) -> OutputSpec:
    """The format of the pictures for the encoder of a recipe."""
    fit: Fit = "fill" if recipe.crops else "fit"
    anchor, background = crop_anchor(recipe.crop), background_light(recipe.background)
    return OutputSpec(*size, recipe.view, recipe.bit_depth, fit, recipe.chroma, anchor, background)


def write_deliverable_movie(
    order: Programme,
    wanted: PictureFormat,
    pictures: PictureStream[YuvPlanes],
    unfinished: Path,
    made: Outputs,
    *,
    carry: Passthrough | None = None,
    copies: Sequence[CopiedStretch] = (),
    progress: Progress | None,
    cancelled: Callable[[], bool] | None,
) -> Finished:
    """Writes a movie with its pictures, sound, carried tracks, captions and chapters. Returns it for its checks.

    The frames of `copies` are copied; `pictures` has all others.
    Errors as `write_movie` and `PictureStream.finish`.
    """
    container = order.recipe.container
    mastered = made.masters.get(order.recipe.sound.codec) if order.recipe.sound else None
    timescale = PASSTHROUGH_TIMESCALE if carry else None
    tags = kept_tags(order.recipe.metadata.keep, order.captures)
    written = {**tags, CREDITS_TAG: text} if (text := movie_credits(order)) else tags
    captions = [one for one in order.caption_tracks if one.cues] if order.recipe.embeds_captions else []
    lines = [[(cue.start, cue.end, cue.text) for cue in one.cues] for one in captions]
    passengers = [carry.join] if carry else []
    for one, said in zip(captions, lines, strict=True):
        passengers.append(CaptionTrack(said, order.duration, one.language).join)

    farm = made.farm
    said_so = f"{order.label}: {farm.note}" if farm and farm.note else order.label

    def encoded(done: int) -> None:
        if progress:
            progress(done, wanted.frames, "frames", said_so)

    chunks = write_movie(
        unfinished,
        pictures.frames,
        wanted,
        work=made.work,
        sound=mastered.path if mastered else None,
        passengers=passengers,
        layout=MovieLayout(order.recipe.movie_format, container.edit_list, container.faststart, timescale, written),
        chapters=order.chapters,
        copies=copies,
        progress=encoded,
        cancelled=cancelled,
    )
    if farm:
        made.parts = farm.of(chunks)
        made.seams = check_seams(unfinished, made.parts, pictures.frames, wanted)
        made.notes += [farm.note] if farm.note else []
    if lowered := sum(one.decoded for one in chunks if one.lowered):
        made.notes.append(
            f"{lowered} frames were encoded again on this machine at a lower bit rate: the movie exceeded that of the "
            "recipe"
        )
    made.notes += pictures.finish()
    if carry:
        carry.finish(unfinished)
    made.encoder = encoder_for(wanted).name if chunks else None
    if chunks and wanted.passes == 2 and wanted.bit_rate:
        made.notes.append(f"encoded in two passes, for an average of {wanted.bit_rate / 1e6:g} Mb/s")
    signed = made.sign(unfinished)
    source = MovieSource(
        format=wanted,
        content=pictures.content,
        chunks=chunks,
        copies=copies,
        tags=tags,
        carried=carry.carried if carry else (),
        captions=captions,
    )
    return Finished(path=unfinished, kind="movie", order=order, movie_source=source, master=made.master, signed=signed)
