"""The GPU plans that render a frame of a deliverable, as it will be delivered, with their times."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.deliver.cut_request import CutRequest
from engine.deliver.movie import output_spec
from engine.deliver.picture_recipe import PictureRecipe
from engine.deliver.preview import open_pictures
from engine.deliver.request import DeliverableRequest
from engine.errors import RequestError
from engine.render import MeasuredPlan, open_device, record_runs


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


def _render(order: DeliverableRequest | CutRequest, recipe: PictureRecipe, size: tuple[int, int], number: int) -> None:
    with ExitStack() as stack:
        work = Path(stack.enter_context(TemporaryDirectory(prefix="cleanwater-plans-")))
        pictures = open_pictures(order, recipe, size, output_spec(recipe, size), work, stack)
        list(pictures.frames(range(number, number + 1)))
