"""The recipe library of a studio: built-in recipes, its own, and the results of their last deliveries in a project."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from pathlib import Path

from engine.catalog import Project
from engine.deliver.approvals import Approval, read_approvals
from engine.deliver.receipt import Deliverable, read_receipt
from engine.deliver.recipe_files import (
    FORMAT_VERSION,
    OWN_RECIPES,
    find_problems,
    is_recipe_name,
    merged_recipe,
    recipe_names,
    variant_names,
)
from engine.deliver.recipe_schema import with_schema, write_schema
from engine.errors import EngineError, RequestError
from engine.file_stamp import FileStamp, read_stamp
from engine.inheritance import ExtendsError
from engine.own_presets import create_preset, read_partly
from engine.resources import resource_root
from engine.suggestion import hint_with_suggestion
from engine.validation import Problem

_STARTING_KEYS = """
[picture]
view = "sdr"
codec = "h264"
long_edge = 1920
short_edge = 1080
quality = 20

[sound]
codec = "aac"
dialog = "dialog"
lufs = -16.0
true_peak_dbtp = -1.0
limiter_db = 6
"""


@dataclass(frozen=True, slots=True)
class StoredRecipe:
    """A recipe: its file, its text, whether it is one of the studio's own, and its receipt in a project.

    `warnings` of the `checks` did not pass, but do not make a delivery fail (`Check`). `reviews` are those that its
    deliveries still need; `deliveries` are those of its receipts, the newest first, each with its approval if it has
    one. `incomplete`: one of its deliveries comes from a damaged source that the director accepted.
    `read_error` is the line (from 0) and the reason when the file could not be read completely; `text` is the readable
    part. A recipe that exists only as a console's draft has an empty text and no stamp.
    """

    name: str
    path: Path
    own: bool
    text: str
    stamp: FileStamp
    checks: int = 0
    failed: int = 0
    warnings: int = 0
    incomplete: bool = False
    reviews: tuple[str, ...] = ()
    delivered_at: datetime | None = None
    read_error: tuple[int, str] | None = None
    deliveries: tuple[tuple[Deliverable, Approval | None], ...] = ()

    @property
    def unapproved(self) -> list[Deliverable]:
        """The deliverables that need a review and have no approval."""
        return [one for one, approval in self.deliveries if one.approval and approval is None]

    @property
    def title(self) -> str:
        """The recipe's own or inherited title; empty if there is none."""
        try:
            return str(merged_recipe(self.text, self.path).table.get("title", ""))
        except (ValueError, RecursionError, ExtendsError):
            return ""

    @property
    def replaces_built_in(self) -> bool:
        """Whether this is a recipe of the studio's own with the name of a built-in one."""
        return self.own and self.name in recipe_names()

    def problems(self) -> list[Problem]:
        """All errors in the recipe and its file name; empty if it is valid."""
        if self.read_error:
            line, message = self.read_error
            return [Problem((), line, message, message)]
        rename = "the file name may only have letters, digits, - and _: rename it"
        misnamed = [] if is_recipe_name(self.name) else [Problem((), None, rename, rename)]
        return [*misnamed, *find_problems(self.text, self.path)]


@dataclass(frozen=True, slots=True)
class RecipeLibrary:
    """A studio's recipes by name, its own last. A recipe of its own replaces a built-in one of the same name."""

    by_name: dict[str, StoredRecipe]

    @property
    def own(self) -> list[StoredRecipe]:
        """The studio's own recipes."""
        return [one for one in self.by_name.values() if one.own]

    def recipe(self, name: str) -> StoredRecipe:
        """The recipe of this name. Raises RequestError if there is none."""
        if name not in self.by_name:
            hint = f"Choose one of: {', '.join(self.by_name)}."
            raise RequestError(f"Recipe “{name}” not found.", hint_with_suggestion(name, self.by_name, hint))
        return self.by_name[name]

    def free_name(self, like: str) -> str:
        """An unused name for a copy of `like`."""
        name = f"{like}-mine"
        return next(one for n in count(1) if (one := name if n == 1 else f"{name}-{n}") not in self.by_name)


def load_library(folder: Path, project: Project | None = None, drafts: Iterable[Path] = ()) -> RecipeLibrary:
    """Loads the recipes of the studio in `folder`, with the results of their deliveries in `project`.

    `drafts` are paths of recipes to include even if they are not saved yet.
    """
    built_in = resource_root("presets") / "deliverables"
    stored = [
        *(_stored_recipe(folder, project, built_in / f"{name}.toml", False) for name in recipe_names()),
        *(_stored_recipe(folder, project, path, True) for path in sorted({*own_recipe_paths(folder), *drafts})),
    ]
    return RecipeLibrary({one.name: one for one in stored})


def stored_recipe(path: Path) -> StoredRecipe:
    """The recipe in a file of any folder, without deliveries."""
    return _stored_recipe(path.parent, None, path, True)


def own_recipe_paths(folder: Path) -> list[Path]:
    """The files of a studio's own recipes, without hidden and unfinished files."""
    return [path for path in (folder / OWN_RECIPES).glob("[!.]*.toml") if path.is_file()]


def copy_recipe(folder: Path, name: str, text: str, drafts: Iterable[Path] = ()) -> str:
    """Creates a recipe of the studio's own and returns its name: `name` in lower case, with hyphens for spaces.

    Its first line names the JSON Schema for editors, which is written beside it.

    Raises RequestError if the name has no letter or digit, or if a recipe or one of `drafts` has it already.
    """
    clean = create_preset(
        folder / OWN_RECIPES, name, with_schema(text), word="recipe", built_in=recipe_names(), drafts=tuple(drafts)
    )
    write_schema(folder / OWN_RECIPES)
    return clean


def new_recipe_text(title: str, extends: str | None = None) -> str:
    """The text of a new recipe: what it inherits, or else the keys that most recipes have."""
    head = f"# `cwtui recipes explain` says what a recipe does.\nversion = {FORMAT_VERSION}\n"
    titled = f"title = {json.dumps(title, ensure_ascii=False)}\n"
    if extends is not None:
        return f'{head}extends = "{extends}"\n{titled}\n# Keys here replace those of {extends}, table by table.\n'
    return f"{head}{titled}{_STARTING_KEYS}"


def refuse_built_in(recipe: StoredRecipe) -> None:
    """Raises RequestError for a built-in recipe, which cannot be removed."""
    if not recipe.own:
        raise RequestError(f"{recipe.name} is a built-in recipe.", "Only your own recipes can be removed.")


def remove_recipe(recipe: StoredRecipe) -> None:
    """Removes one of the studio's own recipes. Raises RequestError for a built-in one."""
    refuse_built_in(recipe)
    recipe.path.unlink(missing_ok=True)


def _stored_recipe(studio: Path, project: Project | None, path: Path, own: bool) -> StoredRecipe:
    stamp = read_stamp(path)
    text, read_error = read_partly(path) if stamp else ("", None)
    found = _deliveries(studio / project.folder / "deliverables", path) if project else []
    deliveries = [one for one, _ in found]
    checks = [check for one in deliveries for check in one.checks]
    return StoredRecipe(
        path.stem,
        path,
        own,
        text,
        stamp,
        checks=len(checks),
        failed=sum(check.failed for check in checks),
        warnings=sum(check.warning for check in checks),
        incomplete=not all(one.complete for one in deliveries),
        reviews=tuple(dict.fromkeys(one.approval for one, approval in found if one.approval and approval is None)),
        delivered_at=max((one.made_at for one in deliveries), default=None),
        read_error=read_error,
        deliveries=tuple(sorted(found, key=lambda one: one[0].made_at, reverse=True)),
    )


def _deliveries(folder: Path, recipe: Path) -> list[tuple[Deliverable, Approval | None]]:
    """The deliveries of a recipe and its variants, each with its approval.

    A recipe that has the name of a variant is one of its own.
    """
    found: list[tuple[Deliverable, Approval | None]] = []
    for name in variant_names(recipe.stem):
        if name == recipe.stem or not recipe.with_stem(name).exists():
            with suppress(EngineError):
                approvals = read_approvals(folder / name)
                found += [(one, approvals.of(one)) for one in read_receipt(folder / name).deliveries]
    return found
