"""The values of a template's fields, as users give them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from engine.errors import RequestError
from engine.suggestion import hint_with_suggestion
from engine.titles.template import TitleField, TitleTemplate

_NUMBER = r"-?\d{1,12}(\.\d{1,6})?"
_COLOUR = r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?"


def field_values(template: TitleTemplate, given: Mapping[str, str]) -> dict[str, str]:
    """The value of each field: the given one, or its default.

    Raises RequestError for a field that the template does not have, and for a value that is not of its type or not
    within its limits.
    """
    for name in given:
        if name not in template.fields:
            known = ", ".join(template.fields) or "none"
            hint = hint_with_suggestion(name, template.fields, f"Its fields: {known}.")
            raise RequestError(f"The template {template.name} has no field {name}.", hint)
    return {
        name: _checked(template.name, name, field, given.get(name, field.default))
        for name, field in template.fields.items()
    }


def parse_assignments(assignments: Iterable[str]) -> dict[str, str]:
    """The fields of arguments such as title=Hello. Raises RequestError for another form."""
    values = {}
    for one in assignments:
        name, equals, value = one.partition("=")
        if not (equals and name.strip()):
            raise RequestError(f"“{one}” sets no field.", "Use the field's name, = and its value: --set title=Hello")
        # A line break as in a shell's argument.
        values[name.strip()] = value.replace("\\n", "\n")
    return values


def _checked(template: str, name: str, field: TitleField, value: str) -> str:
    where = f"The field {name} of {template}"
    value = value.strip()
    if not value:
        if field.required:
            raise RequestError(f"{where} is empty.", f"Give its value: --set {name}=…")
        return ""
    match field.type:
        case "text":
            if len(value) > field.most:
                raise RequestError(
                    f"{where} has {len(value)} characters.", f"It has room for {field.most}: shorten it."
                )
        case "number":
            if not re.fullmatch(_NUMBER, value):
                raise RequestError(f"{where} is no number: “{value}”.", "Use digits, as in 1250 or -3.5.")
            _check_limits(where, field, float(value))
        case "colour":
            if not re.fullmatch(_COLOUR, value):
                raise RequestError(f"{where} is no colour: “{value}”.", "Use #rrggbb or #rrggbbaa, such as #ffd84d.")
        case "image":
            if not Path(value).expanduser().is_file():
                raise RequestError(f"{where} names {value}, which is not a file.", "Give the path of a PNG or JPEG.")
            return str(Path(value).expanduser().absolute())
    return value


def _check_limits(where: str, field: TitleField, value: float) -> None:
    least, greatest = field.least_value, field.greatest_value
    if (least is not None and value < least) or (greatest is not None and value > greatest):
        bounds = [f"at least {least:g}"] if least is not None else []
        bounds += [f"at most {greatest:g}"] if greatest is not None else []
        raise RequestError(f"{where} is {value:g}.", f"It must be {' and '.join(bounds)}.")
