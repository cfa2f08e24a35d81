"""The JSON Schema of recipes for editors: completion, descriptions and errors while a recipe is written."""

from __future__ import annotations

import json
from pathlib import Path

from engine.deliver.platforms import platform_names
from engine.deliver.recipe_files import RecipeText
from engine.editor_schema import DRAFT, Schema, plain_schema, with_directive, write_schema_file

SCHEMA_FILE = "recipe.schema.json"
"""The schema's file beside a studio's own recipes."""


def recipe_schema() -> Schema:
    """The schema of a recipe's text: every key with its description, its values and its default."""
    written = RecipeText.model_json_schema()
    schema = plain_schema(written)
    tables = schema["properties"]
    del tables["name"]
    tables["platform"]["enum"] = platform_names()
    # The keys that a recipe needs may be inherited. Older drafts do not read this condition.
    needed = {name: {"required": part.pop("required")} for name, part in tables.items() if "required" in part}
    complete = {"required": [one for one in schema.pop("required") if one != "name"], "properties": needed}
    return {
        "$schema": DRAFT,
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
    return with_directive(text, SCHEMA_FILE)


def write_schema(folder: Path) -> None:
    """Writes the schema beside the recipes of a folder, if it is not there."""
    write_schema_file(folder / SCHEMA_FILE, schema_text())
