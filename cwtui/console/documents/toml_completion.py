"""Completion and help for a TOML text that follows a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Schema = Mapping[str, Any]
"""A JSON Schema from pydantic."""


@dataclass(frozen=True, slots=True)
class CursorContext:
    """The cursor's table, the key whose value it is in, if any, and the text typed so far."""

    table: tuple[str, ...]
    key: str | None
    typed: str
    heading: bool = False


def cursor_context(text: str, line: int, column: int) -> CursorContext:
    """The context of a cursor, from the text before it."""
    rows = text.split("\n")
    before = rows[line][:column] if line < len(rows) else ""
    if heading := re.match(r"\s*\[([\w.\-]*)$", before):
        return CursorContext((), None, heading[1], heading=True)
    table: tuple[str, ...] = ()
    for row in rows[:line]:
        if found := re.match(r"\s*\[([\w.\-]+)\]", row):
            table = tuple(found[1].split("."))
    if value := re.match(r"\s*([\w\-]+)\s*=\s*(.*)$", before):
        typed = re.split(r"[\[,\s]", value[2])[-1]
        return CursorContext(table, value[1], typed)
    return CursorContext(table, None, before.strip())


def completions(schema: Schema, at: CursorContext) -> list[str]:
    """Tables, keys of the table or values of the key that start with the text typed so far."""
    if at.heading:
        found = [".".join(path) for path in _tables(schema, schema, ())]
    elif at.key is None:
        table = _schema_at(schema, at.table)
        found = [
            f"{name} = " for name, part in table.get("properties", {}).items() if not _is_table(_resolved(schema, part))
        ]
    else:
        part = _schema_at(schema, (*at.table, at.key))
        found = _values(schema, part)
    return [one for one in found if one.startswith(at.typed) and one != at.typed]


def describe_key(schema: Schema, at: CursorContext) -> str:
    """One line on the key at the cursor: its values, or its type, bounds and default; then its description."""
    if at.key is None:
        return ""
    part = _schema_at(schema, (*at.table, at.key))
    return f"{_values_or_type(schema, at.key, part)}  {part.get('description', '')}".rstrip()


def _values_or_type(schema: Schema, key: str, part: Schema) -> str:
    values = _values(schema, part)
    if values:
        return f"{key}: {' · '.join(values)}"
    for one in _alternatives(schema, part):
        low, high = one.get("minimum", one.get("exclusiveMinimum")), one.get("maximum", one.get("exclusiveMaximum"))
        if "type" in one:
            bounds = ("" if low is None else f" from {low:g}") + ("" if high is None else f" to {high:g}")
            default = part.get("default")
            return f"{key}: {one['type']}{bounds}" + (f", default {default}" if default is not None else "")
    return f"{key}: unknown key" if not part else key


def _resolved(schema: Schema, part: Schema) -> Schema:
    while "$ref" in part:
        part = {**schema["$defs"][part["$ref"].rpartition("/")[2]], **{k: v for k, v in part.items() if k != "$ref"}}
    return part


def _alternatives(schema: Schema, part: Schema) -> list[Schema]:
    """The alternatives of a schema, without null."""
    part = _resolved(schema, part)
    if "anyOf" in part:
        return [
            one
            for alternative in part["anyOf"]
            for one in _alternatives(schema, alternative)
            if one.get("type") != "null"
        ]
    return [part]


def _is_table(part: Schema) -> bool:
    return part.get("type") == "object" or any(
        "$ref" in alternative or alternative.get("type") == "object" for alternative in part.get("anyOf", ())
    )


def _schema_at(schema: Schema, path: tuple[str, ...]) -> Schema:
    part: Schema = _resolved(schema, schema)
    for key in path:
        for alternative in _alternatives(schema, part):
            if key in alternative.get("properties", {}):
                part = _resolved(schema, alternative["properties"][key])
                break
            if isinstance(alternative.get("additionalProperties"), dict):
                part = _resolved(schema, alternative["additionalProperties"])
                break
        else:
            return {}
    alternatives = _alternatives(schema, part)
    return alternatives[0] if len(alternatives) == 1 and "properties" in alternatives[0] else part


def _tables(schema: Schema, part: Schema, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for name, below in part.get("properties", {}).items():
        for alternative in _alternatives(schema, below):
            if alternative.get("type") == "object" and "properties" in alternative:
                yield (*path, name)
                yield from _tables(schema, alternative, (*path, name))


def _values(schema: Schema, part: Schema) -> list[str]:
    found: list[str] = []
    for alternative in _alternatives(schema, part):
        if "prefixItems" in alternative or alternative.get("type") == "array":
            items = alternative.get("items", {})
            found += _values(schema, items) if isinstance(items, dict) else []
        elif "enum" in alternative or "const" in alternative:
            found += [
                f'"{one}"' if isinstance(one, str) else str(one)
                for one in alternative.get("enum", [alternative.get("const")])
            ]
        elif alternative.get("type") == "boolean":
            found += ["true", "false"]
    return list(dict.fromkeys(found))
