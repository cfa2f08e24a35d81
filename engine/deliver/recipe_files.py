"""The texts of recipes: finds, validates and loads them, by name or by path."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationError

from engine.deliver.recipe import Recipe
from engine.errors import RequestError
from engine.inheritance import HEADER, ExtendsError, MergedTable, PresetKind, inherited_problem
from engine.picture import Rendering
from engine.resources import resource_root
from engine.suggestion import hint_with_suggestion
from engine.validation import Problem, find_toml_problems, line_of, list_problems, parse_toml, read_text
from engine.validation import find_problems as find_value_problems

OWN_RECIPES = "recipes"
"""The folder of a studio with the user's recipes."""
FORMAT_VERSION = 1
"""The version of the format of recipes."""
_ORDER = (
    "youtube-4k", "youtube-hdr10", "shorts-vertical", "shorts-words", "shorts-follow", "instagram-reel", "tiktok",
    "web-av1", "review-proxy", "captions", "podcast", "master-prores", "exr-sequence", "archive",
)  # fmt: skip
_NAME = r"[\w-]+"
_RECIPES = PresetKind("recipe", resource_root("presets") / "deliverables")
_HINT = "docs/contracts.md lists every key."


def _known_version(version: int) -> int:
    if version != FORMAT_VERSION:
        raise ValueError(f"must be {FORMAT_VERSION} (a newer format needs a newer Cleanwater)")
    return version


class RecipeText(Recipe):
    """A recipe as it is written: also the version of its format, and what it inherits."""

    version: Annotated[int, AfterValidator(_known_version)] = Field(
        FORMAT_VERSION,
        description="The version of the format of recipes.",
        json_schema_extra={"enum": [FORMAT_VERSION]},
    )
    extends: str | None = Field(
        None, description="The recipe whose keys this one inherits. Tables are merged; lists are replaced."
    )
    without: tuple[str, ...] = Field(
        (), description="Inherited keys or tables to leave out, such as captions or picture.bit_rate."
    )


def recipe_names() -> list[str]:
    """The names of the built-in recipes: those for publishing first, those for keeping last, others after them."""
    names = _RECIPES.names()
    return [name for name in _ORDER if name in names] + sorted({*names} - {*_ORDER})


def variant_names(name: str) -> tuple[str, ...]:
    """The names of a recipe's deliverables: its own, and those of its variants in SDR and in another rendering."""
    return tuple(f"{name}{view}{rendering}" for view in ("", "-sdr") for rendering in ("", "-as-shot", "-aces"))


def is_recipe_name(name: str) -> bool:
    """Whether a recipe's file may have this name, without its suffix."""
    return re.fullmatch(_NAME, name) is not None


def merged_recipe(text: str, path: Path | None = None, own: Path | None = None) -> MergedTable:
    """The keys of a recipe's text with those that it inherits; `path` and `own` as in `find_problems`.

    Raises ExtendsError if it cannot inherit them, and ValueError if the text is not valid TOML.
    """
    return _RECIPES.merge(text, tomllib.loads(text), path, own)


def find_problems(text: str, path: Path | None = None, own: Path | None = None) -> list[Problem]:
    """All errors in a recipe's text; empty if it is valid.

    Recipes that it extends are beside its file `path`, in the folder `own`, or built in.
    """
    try:
        merged = merged_recipe(text, path, own)
    except ExtendsError as error:
        return [error.problem]
    except (ValueError, RecursionError):
        return find_toml_problems(RecipeText, text)
    return _problems_of(merged, text, path, own)


def read_recipe(text: str, path: Path, own: Path | None = None) -> Recipe:
    """The recipe of a text; `path` and `own` as in `find_problems`. Raises RequestError with the errors."""
    table = parse_toml(text, path.name)
    try:
        merged = _RECIPES.merge(text, table, path, own)
    except ExtendsError as error:
        raise RequestError(f"{path.name} is not a valid recipe: {error.problem}.", _HINT) from error
    if found := _problems_of(merged, text, path, own):
        raise RequestError(f"{path.name} is not a valid recipe: {list_problems(found)}.", _HINT)
    values = {key: value for key, value in merged.table.items() if key not in HEADER}
    recipe = Recipe.model_validate({**values, "name": path.stem})
    if recipe.cover.image is None:
        return recipe
    image = str((path.parent / recipe.cover.image).absolute())
    return recipe.model_copy(update={"cover": recipe.cover.model_copy(update={"image": image})})


def recipe_path(name: str, own: Path | None = None) -> Path:
    """The file of a recipe: one in the folder `own`, a built-in one, or a TOML file by path.

    Raises RequestError if there is none, or if its file name is not that of a recipe.
    """
    found = Path(name) if name.endswith(".toml") else None
    if found is None and is_recipe_name(name):
        found = _RECIPES.find(name, [own] if own else [])
    if found is None or not found.is_file():
        names = [*recipe_names(), *(sorted(one.stem for one in own.glob("[!.]*.toml")) if own else ())]
        hint = f"Choose one of: {', '.join(names)}; or give the path of a file."
        raise RequestError(f"Recipe “{name}” not found.", hint_with_suggestion(name, names, hint))
    if not is_recipe_name(found.stem):
        raise RequestError(
            f"“{found.stem}” is not a valid recipe name.", "Use letters, digits, - and _ for the file name."
        )
    return found


def load_recipe(name: str, own: Path | None = None) -> Recipe:
    """Loads a recipe by name, from the folder `own` or the built-in ones, or a TOML file by path.

    A recipe of the folder `own` replaces a built-in one of the same name. A name may be that of a variant:
    youtube-4k-sdr is youtube-4k in SDR.

    Raises RequestError with the file, the key and the error.
    """
    try:
        path = recipe_path(name, own)
    except RequestError:
        for base in (name.removesuffix(suffix) for suffix in reversed(variant_names("")) if name.endswith(suffix)):
            if base != name and is_recipe_name(base) and _RECIPES.find(base, [own] if own else []):
                return _variant(load_recipe(base, own), name.removeprefix(base))
        raise
    return read_recipe(read_text(path), path, own)


def recipe_lineage(name: str, own: Path | None = None) -> tuple[str, ...]:
    """The names of the recipes that a valid recipe or its variant extends, the nearest first."""
    bases = (name.removesuffix(suffix) for suffix in variant_names("") if name.endswith(suffix))
    for base in bases:
        with suppress(RequestError):
            path = recipe_path(base, own)
            return merged_recipe(read_text(path), path, own).extends
    return ()


def _problems_of(merged: MergedTable, text: str, path: Path | None, own: Path | None) -> list[Problem]:
    if "name" in merged.table:
        message = "name is not a key of recipes: the file's name is the recipe's name"
        return [Problem(("name",), line_of(text, ("name",)), message, message)]
    values: dict[str, Any] = {**merged.table, "name": "recipe"}
    try:
        RecipeText.model_validate(values)
    except ValidationError as error:
        if merged.extends and (inherited := _first_problem(merged.extends[0], path, own)):
            message = inherited_problem(merged.extends[0], inherited)
            return [Problem(("extends",), line_of(text, ("extends",)), message, message)]
        return find_value_problems(error, merged.table, text, model=RecipeText)
    return list(_look_problems(merged.table, text, path, own))


def _look_problems(table: Mapping[str, Any], text: str, path: Path | None, own: Path | None) -> Iterator[Problem]:
    """The error of a look that is not found or not valid. A studio's looks are beside its recipes."""
    recipes = own or (path.parent if path else None)
    for name in ("picture", "frames"):
        look = table.get(name, {}).get("look")
        if look is not None:
            # Looks import the renderer.
            from engine.looks import OWN_LOOKS, load_look

            try:
                load_look(look, recipes.parent / OWN_LOOKS if recipes else None)
            except RequestError as error:
                message = f"{name}.look: {error.message.removesuffix('.')}"
                yield Problem((name, "look"), line_of(text, (name, "look")), message, message)


def _first_problem(name: str, path: Path | None, own: Path | None) -> Problem | None:
    """The first error of a recipe that another one extends."""
    base = _RECIPES.find(name, _RECIPES.folders_for(path, own), [path.absolute()] if path else [])
    found = find_problems(read_text(base), base, own) if base else []
    return found[0] if found else None


def _variant(recipe: Recipe, suffix: str) -> Recipe:
    """A recipe's variant by the end of its name (`variant_names`)."""
    if suffix.startswith("-sdr"):
        recipe, suffix = recipe.in_sdr(), suffix.removeprefix("-sdr")
    renderings: tuple[Rendering, ...] = ("as-shot", "aces")
    for rendering in renderings:
        if suffix == f"-{rendering}":
            recipe = recipe.with_rendering(rendering)
    return recipe
