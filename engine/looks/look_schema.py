"""The JSON Schema of looks for editors."""

from __future__ import annotations

import json
from pathlib import Path

from engine.editor_schema import DRAFT, Schema, plain_schema, with_directive, write_schema_file
from engine.effects import effect_types
from engine.looks.look_files import EFFECT, LookHeader

LOOK_SCHEMA_FILE = "look.schema.json"
"""The schema's file beside a studio's own looks."""


def look_schema() -> Schema:
    """The schema of a look's text: its own keys, and a table for each effect.

    A table with another name says with `effect` which one it is; editors do not check its other keys.
    """
    schema = plain_schema(LookHeader.model_json_schema())
    schema.pop("required", None)
    for kind, effect in effect_types().items():
        table = plain_schema(effect.model_json_schema())
        table["properties"] = {EFFECT: {"type": "string", "enum": [kind]}, **table["properties"]}
        schema["properties"][kind] = table
    named = {
        "type": "object",
        "required": [EFFECT],
        "properties": {EFFECT: {"type": "string", "enum": list(effect_types())}},
    }
    return {"$schema": DRAFT, "title": "Cleanwater look", **schema, "additionalProperties": named}


def look_schema_text() -> str:
    """The schema as the text of its file."""
    return json.dumps(look_schema(), indent=2, ensure_ascii=False) + "\n"


def with_look_schema(text: str) -> str:
    """The text of a look with the line that names its schema to editors."""
    return with_directive(text, LOOK_SCHEMA_FILE)


def write_look_schema(folder: Path) -> None:
    """Writes the schema beside the looks of a folder, if it is not there."""
    write_schema_file(folder / LOOK_SCHEMA_FILE, look_schema_text())
