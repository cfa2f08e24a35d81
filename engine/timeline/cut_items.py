"""A cut as a list of JSON values: one for the cut, then one for each clip. The journal of changes has this form."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from engine.errors import EngineError
from engine.time import rational
from engine.timeline.cut import Clip, Cut


def cut_to_items(cut: Cut) -> list[dict[str, Any]]:
    """The cut without its name, then its clips. Values that equal their defaults are left out."""
    head = _adapter(Cut).dump_python(cut, mode="json", exclude={"name", "rate", "clips"}, exclude_defaults=True)
    if cut.refused:
        head["refused"] = sorted(cut.refused)
    return [
        {"rate": rational(cut.rate), **head},
        *_clip_list().dump_python(cut.clips, mode="json", exclude_defaults=True),
    ]


def cut_from_items(name: str, items: Sequence[dict[str, Any]]) -> Cut:
    """The cut of `cut_to_items`. Raises EngineError if a value is invalid."""
    try:
        head = {**items[0]}
        numerator, denominator = head.pop("rate")
        clips = _clip_list().validate_python(items[1:])
        rate = Fraction(numerator, denominator)
        cut: Cut = _adapter(Cut).validate_python({"name": name, "rate": rate, "clips": clips, **head})
        return cut
    except (ValidationError, ValueError, KeyError, IndexError, TypeError, ZeroDivisionError) as error:
        raise EngineError(
            f"The cut “{name}” has invalid values: {first_problem(error)}.", "Restore its file."
        ) from error


def clip_from_json(value: dict[str, Any]) -> Clip:
    """The clip of a JSON object. Raises ValueError if it is invalid."""
    clip: Clip = _adapter(Clip).validate_python(value)
    return clip


def clip_to_json(clip: Clip) -> dict[str, Any]:
    """The clip as a JSON object, without values that equal their defaults."""
    value: dict[str, Any] = _adapter(Clip).dump_python(clip, mode="json", exclude_defaults=True)
    return value


def first_problem(error: Exception) -> str:
    """The first problem that an error names, on one line."""
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    return " ".join(str(error).split()) or type(error).__name__


@cache
def _adapter(kind: type) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


@cache
def _clip_list() -> TypeAdapter[tuple[Clip, ...]]:
    return TypeAdapter(tuple[Clip, ...])
