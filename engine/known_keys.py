"""Finds the key of a model that an unknown key of a file probably means."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import get_args

from pydantic import BaseModel

from engine.suggestion import nearest

_LIKENESS = 0.7


def suggestion(model: type[BaseModel], keys: Sequence[str]) -> str:
    """The end of a message about an unknown key, by its path: another table or a similar name; empty without one."""
    *table, name = keys
    tables = dict(_tables(model, ()))
    known = tables.get(tuple(table), ())
    if similar := nearest(name.replace("-", "_"), known, _LIKENESS):
        return f"; did you mean {similar}?"
    elsewhere = next((path for path, names in tables.items() if name in names), None)
    if elsewhere is None:
        return ""
    return f"; it belongs in [{'.'.join(elsewhere)}]" if elsewhere else "; it belongs at the top, before all tables"


def _tables(model: type[BaseModel], path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """The paths of a model's tables with the names of their keys."""
    names = {field.alias or name: field.annotation for name, field in model.model_fields.items()}
    yield path, tuple(names)
    for name, annotation in names.items():
        for one in (annotation, *get_args(annotation)):
            if isinstance(one, type) and issubclass(one, BaseModel):
                yield from _tables(one, (*path, name))
