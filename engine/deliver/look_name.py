"""The key of a recipe that names a look."""

from __future__ import annotations

from typing import Annotated

from engine.validation import matching

LookName = Annotated[str, matching(r"[\w-]+|.+\.toml", "the name of a look, or a .toml file")]
LOOK = "The look of the picture, by name; a clip of a cut may have another one."
