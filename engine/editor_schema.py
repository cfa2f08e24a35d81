"""JSON Schemas for editors of TOML files: completion, descriptions and errors while a file is written.

Editors for TOML read older drafts than pydantic writes (taplo, which Visual Studio Code uses, reads draft 4). So
references are replaced by what they mean, and keywords by those that every draft from 4 on reads alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.atomic_files import write_atomic

DRAFT = "http://json-schema.org/draft-07/schema#"
_DIRECTIVE = "#:schema "
# Keywords that no editor needs, or that drafts read differently.
_LEFT_OUT = frozenset(
    {"title", "default", "propertyNames", "prefixItems", "const", "$ref", "$defs", "anyOf", "properties"}
)

Schema = dict[str, Any]


def plain_schema(written: Mapping[str, Any]) -> Schema:
    """A schema that pydantic wrote, without references, and without null, which TOML does not have."""
    return _plain(written, written.get("$defs", {}))


def with_directive(text: str, file: str) -> str:
    """A TOML text with the line that names its schema to editors; a line that names another one stays."""
    return text if text.startswith(_DIRECTIVE) else f"{_DIRECTIVE}{file}\n{text}"


def write_schema_file(path: Path, schema: str) -> None:
    """Writes a schema beside the files that it is for, if it is not there."""
    if not path.is_file() or path.read_text(encoding="utf-8") != schema:
        write_atomic(path, schema.encode())


def _plain(part: Mapping[str, Any], definitions: Mapping[str, Any]) -> Schema:
    """A part of pydantic's schema without references, and without null, which TOML does not have."""
    if "$ref" in part:
        meant = definitions[part["$ref"].rpartition("/")[2]]
        return _plain({**meant, **{key: value for key, value in part.items() if key != "$ref"}}, definitions)
    alternatives = [_plain(one, definitions) for one in part.get("anyOf", ()) if one.get("type") != "null"]
    schema = {key: value for key, value in part.items() if key not in _LEFT_OUT}
    if len(alternatives) == 1:
        schema = {**alternatives[0], **schema}
    elif alternatives:
        schema["anyOf"] = alternatives
    if "default" in part and not isinstance(part["default"], dict) and part["default"] not in (None, []):
        schema["default"] = part["default"]
    if "const" in part:
        schema["enum"] = [part["const"]]
    # Drafts disagree about an exclusive bound: the lint of Cleanwater refuses the bound itself.
    for exclusive, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if exclusive in schema:
            schema[bound] = schema.pop(exclusive)
    if "properties" in part:
        schema["properties"] = {name: _plain(one, definitions) for name, one in part["properties"].items()}
    if "prefixItems" in part:
        # All tuples of a recipe have values of one kind.
        schema["items"] = _plain(part["prefixItems"][0], definitions)
    elif isinstance(part.get("items"), dict):
        schema["items"] = _plain(part["items"], definitions)
    if isinstance(part.get("additionalProperties"), dict):
        value = _plain(part["additionalProperties"], definitions)
        names = part.get("propertyNames", {}).get("enum")
        schema["additionalProperties"] = False if names else value
        if names:
            schema["properties"] = dict.fromkeys(names, value)
    return schema
