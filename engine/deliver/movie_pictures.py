"""The format and the pictures of a movie by a request: for the whole movie, or for one chunk of it elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from engine.deliver.burn_in import burn_in, take_timecode
from engine.deliver.condition import SourceCondition
from engine.deliver.cut_condition import CutCondition
from engine.deliver.cut_pictures import CutPictures
from engine.deliver.cut_request import CutRequest
from engine.deliver.cut_titles import titled, without_caption_titles
from engine.deliver.follow import take_crops
from engine.deliver.hdr10 import film_light, hdr10_light
from engine.deliver.movie import output_spec, picture_format
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.request import DeliverableRequest
from engine.deliver.take_pictures import TakePictures
from engine.ingest import picture_transform
from engine.picture import Compositor, PictureFormat, PictureSource, Pipeline, YuvPlanes
from engine.time import Timecode


def take_format(order: DeliverableRequest, recipe: PictureRecipe) -> PictureFormat:
    """The format of a take's movie. Raises GateError if a log picture's input transform is not confirmed."""
    grid, size = order.footage.grid, order.frame_size
    transform = picture_transform(order.footage, order.input_transform)
    assert grid is not None
    assert size is not None
    assert transform is not None
    light = hdr10_light(order.footage.path, transform, recipe, looked=order.look is not None)
    return picture_format(recipe, size, grid.rate, len(order.ticks), light)


def cut_format(order: CutRequest, recipe: PictureRecipe) -> PictureFormat:
    """The format of the film of a cut."""
    size = order.frame_size
    assert size
    return picture_format(recipe, size, order.rate, order.frames, film_light(order, recipe))


@contextmanager
def open_take_pictures(
    order: DeliverableRequest, recipe: PictureRecipe, condition: SourceCondition, work: Path
) -> Iterator[TakePictures[YuvPlanes]]:
    """The pictures of a take's movie; findings of decoding are stored below `work`."""
    picture, size = order.footage.probe.picture, order.frame_size
    transform = picture_transform(order.footage, order.input_transform)
    assert picture is not None
    assert size is not None
    assert transform is not None
    with PictureSource(order.footage.path, picture) as source:
        spec = output_spec(recipe, size)
        pipeline = Pipeline(
            picture, transform, spec, rendering=recipe.rendering, look=order.scene_look, crops=take_crops(order)
        )
        overlay = burn_in(order, recipe, *size, take_timecode(order))
        yield TakePictures(order, source, pipeline, overlay, condition, work)


@contextmanager
def open_cut_pictures(
    order: CutRequest, recipe: PictureRecipe, condition: CutCondition, work: Path
) -> Iterator[CutPictures[YuvPlanes]]:
    """The pictures of the film of a cut; findings of decoding are stored below `work`."""
    size = order.frame_size
    assert size
    overlay = titled(order, size, burn_in(without_caption_titles(order), recipe, *size, Timecode(order.rate)))
    with closing(
        CutPictures(order, Compositor(output_spec(recipe, size), recipe.rendering), overlay, condition, work)
    ) as pictures:
        yield pictures
