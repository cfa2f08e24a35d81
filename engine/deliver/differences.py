"""Compares recipes by their meaning: by the values of their keys, inherited ones and defaults included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.deliver.recipe import Recipe

ABSENT = "—"
"""Stands for the value of a key whose table a recipe does not have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A key, as sound.lufs, with its values in both recipes; ABSENT if a recipe does not have its table."""

    key: str
    values: tuple[Any, Any]


def recipe_differences(one: Recipe, other: Recipe) -> list[Difference]:
    """The keys with different values, in the order of the recipe's tables. Names are not compared."""
    first, second = (dict(_values("", recipe.model_dump(mode="json", exclude={"name"}))) for recipe in (one, other))
    keys = dict.fromkeys([*first, *second])
    pairs = ((key, (first.get(key, ABSENT), second.get(key, ABSENT))) for key in keys)
    # A missing table shows as null on its own key, and all its keys on the other side.
    return [
        Difference(key, values)
        for key, values in pairs
        if values[0] != values[1] and not any(other != key and other.startswith(f"{key}.") for other in keys)
    ]


def _values(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _values(f"{path}.{key}" if path else str(key), inner)
    else:
        yield path, value
