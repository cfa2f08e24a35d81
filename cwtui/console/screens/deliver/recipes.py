"""The recipe library of a studio: built-in recipes, the user's own, and the result of each one's last delivery."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.gate_questions import GateQuestion
from cwtui.console.documents.drafts import (
    Draft,
    LoadedDrafts,
    discard_draft,
    draft_path,
    files_with_drafts,
    write_draft,
)
from cwtui.console.documents.file_stamp import FileStamp, read_stamp
from cwtui.formatting import plural
from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Project, Review, Take
from engine.deliver import (
    OWN_RECIPES,
    Deliverable,
    DeliverableRequest,
    Estimate,
    Recipe,
    estimate_deliverable,
    load_recipe,
    read_receipt,
    recipe_names,
)
from engine.errors import EngineError, GateError, RequestError
from engine.resources import resource_root
from engine.studio import DeliveryRequest, plan_with_answers, submit_deliveries
from engine.tasks import levels_path, read_levels

if TYPE_CHECKING:
    from engine.studio import Studio

# An estimate reads the levels of each take.
_MAX_TAKES = 200


@dataclass(frozen=True, slots=True)
class RecipeLibrary:
    """The recipes by name. `stamps` change when one of the user's recipes or a draft is written or removed."""

    by_name: dict[str, StoredRecipe]
    stamps: dict[Path, FileStamp]

    @property
    def own(self) -> list[Path]:
        """The files of the user's own recipes."""
        return [one.path for one in self.by_name.values() if one.own]


@dataclass(frozen=True, slots=True)
class StoredRecipe:
    """A recipe: its file, its text, whether it is the user's own, and its receipt in this project.

    `incomplete`: one of its deliveries comes from a damaged source that the director accepted. `read_error` is the line
    (from 0) and the reason when the file could not be read completely; `text` is the readable part. A recipe that
    exists only as a draft has an empty text and no stamp.
    """

    name: str
    path: Path
    own: bool
    text: str
    stamp: FileStamp
    checks: int = 0
    failed: int = 0
    incomplete: bool = False
    delivered_at: datetime | None = None
    read_error: tuple[int, str] | None = None

    @property
    def as_draft(self) -> Draft:
        """The saved text as the base of a draft."""
        return Draft(text=self.text, base=self.stamp)


class RecipesLoaded(Message):
    """The recipes and their drafts have been read; the draft of `rebase` is now based on its current file."""

    def __init__(self, recipes: RecipeLibrary, found: LoadedDrafts, at: str | None, settles: str | None) -> None:
        super().__init__()
        self.library = recipes
        self.drafts = found
        self.cursor = at
        self.rebase = settles


class EstimateReady(Message):
    """The estimate of a recipe's text."""

    def __init__(self, text: str, found: list[Estimate]) -> None:
        super().__init__()
        self.text = text
        self.estimates = found


def load_library(folder: Path, project: Project | None) -> RecipeLibrary:
    """All recipes of a studio, the user's own last."""
    stamps = library_stamps(folder)
    shipped = resource_root("presets") / "deliverables"
    paths = [shipped / f"{name}.toml" for name in recipe_names()]
    there = [path for path in (folder / OWN_RECIPES).glob("*.toml") if path.is_file()]
    own = sorted({*there, *files_with_drafts(folder / OWN_RECIPES)})
    kept = [
        *(_stored_recipe(folder, project, path, False) for path in paths),
        *(_stored_recipe(folder, project, path, True) for path in own),
    ]
    return RecipeLibrary({one.name: one for one in kept}, stamps)


def library_stamps(folder: Path) -> dict[Path, FileStamp]:
    """The stamps of the user's recipes and of their drafts. Raises OSError when the disk is unmounted."""
    # Raises when the disk is unmounted, instead of returning an empty library.
    folder.stat()
    own = folder / OWN_RECIPES
    paths = [*own.glob("*.toml"), *map(draft_path, files_with_drafts(own))]
    return {path: read_stamp(path) for path in paths}


def save_recipe(recipe: StoredRecipe, draft: Draft) -> None:
    """Write one of the user's recipes. Raises RequestError when it has changed since the draft was started."""
    if read_stamp(recipe.path) != draft.base:
        raise RequestError(f"{recipe.name} was changed by another program.", "Press ctrl+s again to overwrite it.")
    make_folder(recipe.path.parent)
    write_atomic(recipe.path, draft.text.encode())
    discard_draft(recipe.path, draft)


def remove_recipe(recipe: StoredRecipe) -> None:
    """Delete one of the user's recipes and its draft."""
    recipe.path.unlink(missing_ok=True)
    write_draft(recipe.path, None)


def copy_recipe(folder: Path, called: str, text: str) -> str:
    """Create a recipe of the user's own and return its name. Raises RequestError for an invalid or existing name."""
    name = "-".join("".join(c if c.isalnum() or c in "-_" else " " for c in called).split()).casefold()
    if not any(c.isalnum() for c in name):
        raise RequestError(f"“{called}” is not a valid recipe name.", "Use at least one letter or digit.")
    if name in recipe_names():
        raise RequestError(f"{name} is a built-in recipe.", "Choose another name for your own.")
    path = folder / OWN_RECIPES / f"{name}.toml"
    if path.exists() or draft_path(path).exists():
        raise RequestError(f"A recipe {name} already exists.", "Choose another name for the copy.")
    make_folder(path.parent)
    write_atomic(path, text.encode())
    return name


def free_name(kept: Iterable[str], like: str) -> str:
    """An unused name for a copy."""
    taken, name = set(kept), f"{like}-mine"
    return next(one for n in count(1) if (one := name if n == 1 else f"{name}-{n}") not in taken)


def estimate_text(
    studio: Studio, project: Project, name: str, text: str, takes: Sequence[tuple[Take, Review]]
) -> EstimateReady:
    """The estimate of a recipe's text for takes."""
    recipe = Recipe.model_validate({**tomllib.loads(text), "name": name})
    return EstimateReady(text, estimate_takes(studio, project, recipe, takes))


def estimate_takes(
    studio: Studio, project: Project, recipe: Recipe, takes: Sequence[tuple[Take, Review]]
) -> list[Estimate]:
    """The estimates of a recipe for takes as they are trimmed, for the first 200 of them."""
    before: list[Deliverable] = []
    with suppress(EngineError):
        before = [
            one
            for one in read_receipt(studio.folder / project.folder / "deliverables" / recipe.name).deliveries
            if one.recipe_digest == recipe.digest
        ]
    found = []
    for take, review in takes[:_MAX_TAKES]:
        footage = studio.subject_unprobed(take).footage
        trim = (review.starts or Fraction(0), review.ends)
        order = DeliverableRequest(footage, take.label, recipe, take.input_transform, *trim)
        loudness = None
        with suppress(EngineError):
            loudness = read_levels(levels_path(studio, take)).loudness
        condition = studio.catalog.conditions.of(take.digest, footage.probe.damage)
        found.append(estimate_deliverable(order, loudness, before, condition))
    return found


Answers = Mapping[str, str | bool | None]
"""The director's answers to gates, by option; None skips the takes of the gate."""


def deliver(
    studio: Studio, project: Project, recipe_path: Path, takes: Sequence[Take], answers: Answers
) -> str | GateQuestion:
    """Queue a recipe's deliverables of takes as they are trimmed, and return a status line.

    When a gate has choices and no answer, nothing is queued and its question is returned.
    """
    recipe = load_recipe(str(recipe_path))
    name = str(recipe_path) if recipe_path.parent.name == OWN_RECIPES else recipe.name
    plans, refused, left, gates = [], [], 0, list[GateError]()
    for take in takes:
        request = DeliveryRequest(recipe, (str(take.number),), project.name, recipe_name=name)
        try:
            planned = plan_with_answers(studio, request, answers)
        except GateError as gate:
            gates.append(gate) if gate.choices else refused.append(gate.message)
        except EngineError as error:
            refused.append(error.message)
        else:
            plans += [planned] if planned else []
            left += planned is None
    if gates:
        same = [gate.message for gate in gates if gate.choices[0].option == gates[0].choices[0].option]
        return GateQuestion(tuple(same), gates[0].choices)
    if left and not plans:
        return f"{recipe.name}: nothing delivered; {plural(left, 'take')} skipped."
    if not plans:
        raise RequestError(f"{recipe.name} has nothing to deliver.", refused[0] if refused else "")
    asked = submit_deliveries(studio, plans)
    summary = f"{recipe.name}: {len(asked)} queued" + (f", {left} skipped" if left else "")
    return f"{summary}; {len(refused)} not possible: {refused[0]}" if refused else f"{summary}."


def _stored_recipe(studio: Path, project: Project | None, path: Path, own: bool) -> StoredRecipe:
    stamp = read_stamp(path)
    text, unread = _read(path) if stamp else ("", None)
    folder = studio / project.folder / "deliverables" / path.stem if project else None
    try:
        made = read_receipt(folder).deliveries if folder else ()
    except EngineError:
        made = ()
    checks = [check for one in made for check in one.checks]
    last = max((one.made_at for one in made), default=None)
    failed = sum(not check.passed and not check.accepted for check in checks)
    incomplete = not all(one.complete for one in made)
    return StoredRecipe(path.stem, path, own, text, stamp, len(checks), failed, incomplete, last, unread)


def _read(path: Path) -> tuple[str, tuple[int, str] | None]:
    try:
        content = path.read_bytes()
        return content.decode(), None
    except OSError as error:
        return "", (0, f"cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        return content.decode(errors="replace"), (line, "not UTF-8: save the file as UTF-8")
