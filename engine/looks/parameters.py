"""The parameters of effects that keyframes can animate: their numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from annotated_types import Ge, Gt, Le, Lt
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from engine.effects import Effect
from engine.errors import RequestError
from engine.looks.look import Look
from engine.suggestion import hint_with_suggestion


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of an effect of a look, with its value there and its limits.

    `path` is its name in commands and cuts: that of the effect's table and that of the `field`, as bloom.amount. A
    field of a table has two names: point.parameters.dye has the field parameters.dye.
    """

    path: str
    field: str
    value: float
    low: float
    high: float
    description: str

    def limited(self, value: float) -> float:
        """The value within the limits, which a Bézier curve may leave between its keys."""
        return min(max(value, self.low), self.high)


def parameters_of(look: Look) -> dict[str, Parameter]:
    """The parameters of a look that can be animated, by path, in the look's order."""
    return {one.path: one for named in look.effects for one in _parameters(named.name, named.effect)}


def parameter_named(look: Look, path: str) -> Parameter:
    """The parameter of this path. Raises RequestError, with the known ones, if there is none."""
    known = parameters_of(look)
    if path not in known:
        some = f"Parameters: {', '.join(known)}." if known else "The look has no number to animate."
        raise RequestError(f"{look.name} has no parameter “{path}”.", hint_with_suggestion(path, known, some))
    return known[path]


def check_value(look: Look, parameter: Parameter, value: float) -> None:
    """Raises RequestError if a parameter of a look may not have a value."""
    effect = look.effect(parameter.path.partition(".")[0])
    assert effect is not None
    try:
        if not math.isfinite(value):
            raise ValueError
        type(effect).model_validate({**effect.model_dump(), **_changed(effect, parameter.field, value)})
    except (ValidationError, ValueError) as error:
        limits = [f"at least {parameter.low:g}"] if math.isfinite(parameter.low) else []
        limits += [f"at most {parameter.high:g}"] if math.isfinite(parameter.high) else []
        raise RequestError(
            f"{parameter.path} may not be {value:g}.", f"It is a number, {' and '.join(limits) or 'without limits'}."
        ) from error


def with_values(effect: Effect, values: Mapping[Parameter, float]) -> Effect:
    """The effect with other values of parameters, each within its limits."""
    for parameter, value in values.items():
        effect = effect.model_copy(update=_changed(effect, parameter.field, parameter.limited(value)))
    return effect


def _changed(effect: Effect, field: str, value: float) -> dict[str, Any]:
    """The field of an effect with another value, or its table with another value in it."""
    table, _, key = field.partition(".")
    return {table: {**getattr(effect, table), key: value}} if key else {table: value}


def _parameters(name: str, effect: Effect) -> Iterator[Parameter]:
    for field, info in type(effect).model_fields.items():
        value = getattr(effect, field)
        if (info.annotation is float or float in get_args(info.annotation)) and value is not None:
            low, high = _limits(info)
            yield Parameter(f"{name}.{field}", field, float(value), low, high, info.description or "")
        elif isinstance(value, dict):
            for key, number in value.items():
                yield Parameter(f"{name}.{field}.{key}", f"{field}.{key}", float(number), -math.inf, math.inf, "")


def _limits(info: FieldInfo) -> tuple[float, float]:
    low, high = -math.inf, math.inf
    for rule in info.metadata:
        if isinstance(rule, Ge):
            low = max(low, float(rule.ge))  # type: ignore[arg-type]
        elif isinstance(rule, Gt):
            low = max(low, math.nextafter(float(rule.gt), math.inf))  # type: ignore[arg-type]
        elif isinstance(rule, Le):
            high = min(high, float(rule.le))  # type: ignore[arg-type]
        elif isinstance(rule, Lt):
            high = min(high, math.nextafter(float(rule.lt), -math.inf))  # type: ignore[arg-type]
    return low, high
