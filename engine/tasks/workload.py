"""The amount of work of a job, by its parameters: seconds of media, and the class of jobs of the same speed."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from engine.errors import EngineError
from engine.jobs import Workload
from engine.tasks.context import TaskContext

if TYPE_CHECKING:
    from engine.catalog import Take
    from engine.deliver import Recipe

# Pictures up to so many lines and frames per second are of one class.
_LINES = (480, 720, 1080, 1440, 2160, 4320)
_FAST = 31
# The kinds that decode the picture and have no recipe.
_PICTURE_KINDS = ("condition", "perceive", "render")
# The kinds that render pictures of a cut.
_FILM_KINDS = ("cut-deliver", "cut-render-chunk")


def workload_of(context: TaskContext, kind: str, parameters: Any) -> Workload:
    """The workload of a job of a kind on a take. That of a plain file is unknown until it is opened."""
    take_id = getattr(parameters, "take", None)
    if (canvas := getattr(parameters, "canvas", None)) is not None:
        return Workload(float(parameters.seconds), _cut_class(kind, canvas, parameters) + _joined(parameters))
    if take_id is None:
        return Workload()
    try:
        take = context.subjects.take(take_id)
    except EngineError:
        return Workload()
    recipe: Recipe | None = getattr(parameters, "recipe", None)
    speed_class = _picture_class(take, recipe) + _joined(parameters) if recipe else _class(take, kind, parameters)
    return Workload(float(_seconds(take, parameters)), speed_class)


def take_workload(take: Take, recipe: Recipe, start: Fraction | None, end: Fraction | None) -> Workload:
    """The workload of delivering a stretch of a take, in seconds."""
    stretch = SimpleNamespace(start=start, end=end)
    return Workload(float(_seconds(take, stretch)), _picture_class(take, recipe))


def cut_workload(recipe: Recipe, canvas: tuple[int, int], seconds: Fraction) -> Workload:
    """The workload of delivering a cut of so many seconds, with a canvas of this width and height."""
    return Workload(float(seconds), _cut_class("cut-deliver", canvas, SimpleNamespace(recipe=recipe)))


def _seconds(take: Take, parameters: Any) -> Fraction:
    whole = take.probe.duration
    start, end = getattr(parameters, "start", None) or Fraction(0), getattr(parameters, "end", None)
    if (duration := getattr(parameters, "duration", None)) is not None:
        return Fraction(duration)
    if (frames := getattr(parameters, "frames", None)) is not None and take.probe.picture:
        return Fraction(frames) / take.probe.picture.frame_rate
    return max(Fraction(0), (whole if end is None else min(end, whole)) - start)


def _class(take: Take, kind: str, parameters: Any) -> str:
    """The speech model or the preset, which determine the speed; for other work, the size of the picture."""
    for name in ("model", "preset"):
        if value := getattr(parameters, name, None):
            return str(getattr(value, "name", value))
    products = "".join(f" {product}" for product in getattr(parameters, "products", ()))
    return f"{_size_class(take)}{products}" if kind in _PICTURE_KINDS else ""


def _joined(parameters: Any) -> str:
    """What a delivery adds whose picture other jobs render: it encodes nothing."""
    farm = getattr(parameters, "farm", None)
    return " joined" if farm and farm.jobs else " measured" if getattr(parameters, "measures", False) else ""


def _cut_class(kind: str, canvas: tuple[int, int], parameters: Any) -> str:
    """The codec, the effort and the size of a cut's film, whose takes differ; for other work, nothing."""
    recipe: Recipe | None = getattr(parameters, "recipe", None)
    if kind not in _FILM_KINDS or recipe is None or not recipe.shows:
        return ""
    if recipe.picture is None:
        return f"exr {_lines(min(canvas))} from a cut"
    return f"{_encoding(recipe)} {_lines(min(recipe.picture.size_of(*canvas)))} from a cut"


def _picture_class(take: Take, recipe: Recipe) -> str:
    """The codec, the effort and the size of a deliverable's picture, and the size of its source."""
    if not recipe.shows or take.probe.picture is None:
        return "sound"
    if recipe.picture is None:
        return f"exr from {_size_class(take)}"
    width, height = recipe.picture.size(take.probe.picture)
    lines = _lines(min(width, height))
    return f"{_encoding(recipe)} {lines} from {_size_class(take)}"


def _encoding(recipe: Recipe) -> str:
    """The codec and the effort of the picture, and whether it is encoded twice."""
    picture = recipe.picture
    assert picture
    return f"{picture.codec} {picture.effort}{' twice' if picture.passes == 2 else ''}"


def _size_class(take: Take) -> str:
    picture = take.probe.picture
    if picture is None:
        return ""
    fast = " fast" if picture.frame_rate > _FAST else ""
    return f"{_lines(min(picture.display_width, picture.display_height))}{fast}"


def _lines(lines: int) -> str:
    return f"{next((limit for limit in _LINES if lines <= limit), lines)}p"
