"""The JSON Schema of recipes for editors: completion, descriptions and errors while a recipe is written.

Editors for TOML read older drafts than pydantic writes (taplo, which Visual Studio Code uses, reads draft 4). So
references are replaced by what they mean, and keywords by those that every draft from 4 on reads alike.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engine.atomic_files import write_atomic
from engine.deliver.platforms import platform_names
from engine.deliver.recipe_files import RecipeText

SCHEMA_FILE = "recipe.schema.json"
"""The schema's file beside a studio's own recipes."""
_DIRECTIVE = "#:schema "
_DRAFT = "http://json-schema.org/draft-07/schema#"
# Keywords that no editor needs, or that drafts read differently.
_LEFT_OUT = frozenset({"title", "default", "propertyNames", "prefixItems", "const", "$ref", "anyOf", "properties"})

Schema = dict[str, Any]


def recipe_schema() -> Schema:
    """The schema of a recipe's text: every key with its description, its values and its default."""
    written = RecipeText.model_json_schema()
    schema = _plain(written, written.pop("$defs"))
    tables = schema["properties"]
    del tables["name"]
    tables["platform"]["enum"] = platform_names()
    # The keys that a recipe needs may be inherited. Older drafts do not read this condition.
    needed = {name: {"required": part.pop("required")} for name, part in tables.items() if "required" in part}
    complete = {"required": [one for one in schema.pop("required") if one != "name"], "properties": needed}
    return {
        "$schema": _DRAFT,
        "title": "Cleanwater recipe",
        **schema,
        "if": {"required": ["extends"]},
        "else": complete,
    }


def schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(recipe_schema(), indent=2, ensure_ascii=False) + "\n"


def with_schema(text: str) -> str:
    """The text of a recipe with the line that names its schema to editors; a line that names another one stays."""
    return text if text.startswith(_DIRECTIVE) else f"{_DIRECTIVE}{SCHEMA_FILE}\n{text}"


def write_schema(folder: Path) -> None:
    """Writes the schema beside the recipes of a folder, if it is not there."""
    path, schema = folder / SCHEMA_FILE, schema_text()
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
