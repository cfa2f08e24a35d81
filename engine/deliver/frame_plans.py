"""The GPU plans that render a frame of a deliverable, as it will be delivered, with their times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.deliver.cut_request import CutRequest
from engine.deliver.movie import output_spec
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.preview import open_pictures
from engine.deliver.request import DeliverableRequest
from engine.errors import RequestError
from engine.render import MeasuredPlan, open_device, record_runs
from engine.timeline import CutLayers


def explain_frame(order: DeliverableRequest | CutRequest, frame: int) -> list[MeasuredPlan]:
    """The plans in the order in which they run for a frame, whose number is clamped to the first and last.

    The list is empty for a frame that keeps its recorded codes. Raises RequestError if the recipe has no picture or
    cannot be applied, GateError if the picture needs a decision of the user.
    """
    recipe, size = order.recipe.picture, order.frame_size
    if recipe is None or size is None:
        raise RequestError(f"{order.recipe.name} has no picture.", "Name a recipe with a picture.")
    count = order.frames if isinstance(order, CutRequest) else len(order.ticks)
    number = min(max(frame, 0), count - 1)
    # A device that is new is checked at the first frame, by other plans.
    _render(order, recipe, size, number)
    with record_runs(open_device()) as runs:
        _render(order, recipe, size, number)
    return runs.measure()


def frame_confidence(order: DeliverableRequest | CutRequest, frame: int) -> dict[str, float]:
    """The confidence of the sources that the looks of a frame read, by name; of a film, after the number of the clip.

    The number of the frame is clamped to the first and last. Raises RequestError if a source is missing.
    """
    from engine.looks import TakeMoments, load_sources

    if isinstance(order, CutRequest):
        return dict(_film_confidence(order, frame))
    grid, ticks = order.footage.grid, order.ticks
    if order.look is None or grid is None:
        return {}
    tick = ticks[min(max(frame, 0), len(ticks) - 1)]
    return {
        name: one.confidence
        for name, one in load_sources(order.look, order.sources, *TakeMoments(grid).at(tick)).items()
    }


def _film_confidence(order: CutRequest, frame: int) -> Iterator[tuple[str, float]]:
    from engine.looks import TakeMoments, load_sources

    cut = order.cut
    for layer in CutLayers(cut).at(order.tick_of(min(max(frame, 0), order.frames - 1))):
        clip = cut.clips[layer.clip]
        look, take = order.look_of(clip), order.takes.get(clip.take or "")
        if look is None or take is None or take.footage.grid is None:
            continue
        moment = TakeMoments(take.footage.grid).nearest(Fraction(layer.tick) / cut.rate)
        for name, one in load_sources(look, take.sources, moment, 1 / order.rate).items():
            yield f"clip {layer.clip + 1} {name}", one.confidence


def _render(order: DeliverableRequest | CutRequest, recipe: PictureRecipe, size: tuple[int, int], number: int) -> None:
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="cleanwater-plans-")))
        pictures = open_pictures(order, recipe, size, output_spec(recipe, size), work, stack)
        list(pictures.frames(range(number, number + 1)))
