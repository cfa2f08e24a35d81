"""Changes of a look's parameters: for previews, and saved as a look of the user's own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from engine.atomic_files import write_atomic
from engine.errors import RequestError
from engine.looks.look import Look, LookEffect
from engine.looks.look_files import OWN_LOOKS, load_look, look_path, read_look
from engine.looks.look_library import create_look, new_look_text
from engine.looks.parameters import check_value, parameter_named, with_values
from engine.validation import read_text


def with_parameters(look: Look, values: Mapping[str, float]) -> Look:
    """The look with other values of parameters, by path.

    Raises RequestError for an unknown parameter and for a value that it may not have.
    """
    if not values:
        return look
    changed: dict[str, dict[str, float]] = {}
    for path, value in values.items():
        parameter = parameter_named(look, path)
        check_value(look, parameter, value)
        changed.setdefault(path.partition(".")[0], {})[parameter.field] = value
    effects = []
    for one in look.effects:
        fields = changed.get(one.name, {}).items()
        known = {parameter_named(look, f"{one.name}.{field}"): value for field, value in fields}
        effects.append(LookEffect(one.name, with_values(one.effect, known)) if known else one)
    return replace(look, effects=tuple(effects))


def create_look_from(folder: Path, name: str, base: str, values: Mapping[str, float]) -> str:
    """Creates a look of the studio in `folder` that extends `base` with these values. Returns its name.

    Raises RequestError as `create_look` and `with_parameters`.
    """
    look = load_look(base, folder / OWN_LOOKS)
    with_parameters(look, values)
    document = tomlkit.parse(new_look_text(name, base))
    _set_values(document, values, [one.name for one in look.effects])
    return create_look(folder, name, tomlkit.dumps(document))


def change_own_look(folder: Path, name: str, values: Mapping[str, float]) -> Path:
    """Writes values of parameters into the file of a look of the studio's own, and returns its path.

    Other keys and comments stay. Raises RequestError for a built-in look, and as `load_look` and `with_parameters`.
    """
    path = look_path(name, folder / OWN_LOOKS)
    if path.parent != folder / OWN_LOOKS:
        raise RequestError(f"{name} is a built-in look.", f"Make one of your own: cwtui look new NAME --extends {name}")
    text = read_text(path)
    look = read_look(text, path)
    with_parameters(look, values)
    document = tomlkit.parse(text)
    _set_values(document, values, [one.name for one in look.effects])
    made = tomlkit.dumps(document)
    read_look(made, path)
    write_atomic(path, made.encode())
    return path


def _set_values(document: tomlkit.TOMLDocument, values: Mapping[str, float], order: list[str]) -> None:
    """Sets values in the tables of effects. New tables come before those that `order` has later."""
    added = [path.partition(".")[0] for path in values if path.partition(".")[0] not in document]
    for path, value in values.items():
        name, _, field = path.partition(".")
        if name not in document:
            document[name] = tomlkit.table()
        table = document[name]
        assert isinstance(table, Table)
        inner, _, key = field.partition(".")
        if not key:
            table[field] = value
        elif inner in table:
            table[inner][key] = value
        else:
            table.add(inner, tomlkit.inline_table().append(key, value))
    if added:
        # A file with another order is refused.
        for name in sorted((one for one in order if one in document), key=order.index):
            document[name] = document.pop(name)
