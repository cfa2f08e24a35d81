"""Writes docs/schemas/: the JSON Schemas of published file formats."""

import json
from pathlib import Path

from pydantic import BaseModel

from engine.deliver import ApprovalList, Receipt, recipe_schema
from engine.looks import look_schema_text
from engine.policy import PolicyTable
from engine.science import ScienceRecipe
from engine.speech import Corrections, Diarization, Transcript
from engine.titles import schema_text

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "schemas"
PUBLISHED: dict[str, type[BaseModel]] = {
    "transcript": Transcript,
    "corrections": Corrections,
    "diarization": Diarization,
    "receipt": Receipt,
    "approvals": ApprovalList,
}


# Files that users write: a key with a default may be left out.
EDITED: dict[str, type[BaseModel]] = {"policy": PolicyTable, "science": ScienceRecipe}


def schema(name: str) -> str:
    """A published JSON Schema: for editors of recipes, looks and titles, or of a model (draft 2020-12)."""
    if name == "recipe":
        return json.dumps(recipe_schema(), indent=2, ensure_ascii=False) + "\n"
    if name == "look":
        return look_schema_text()
    if name == "title":
        return schema_text()
    edited = EDITED.get(name)
    content = edited.model_json_schema() if edited else PUBLISHED[name].model_json_schema(mode="serialization")
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **content}, indent=2) + "\n"


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for published in (*PUBLISHED, *EDITED, "look", "recipe", "title"):
        (FOLDER / f"{published}.json").write_text(schema(published), encoding="utf-8")
