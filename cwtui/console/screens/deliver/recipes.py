"""The recipes on the shelf: those that come with Cleanwater, those of one's own, and how each fared last."""

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

# A prediction reads each take's levels.
_MAX_TAKES = 200


@dataclass(frozen=True, slots=True)
class RecipeLibrary:
    """What is on the shelf, by name; `stamps` are others where one's own, or a draft, was written or removed."""

    by_name: dict[str, StoredRecipe]
    stamps: dict[Path, FileStamp]

    @property
    def own(self) -> list[Path]:
        """The files of one's own."""
        return [one.path for one in self.by_name.values() if one.own]


@dataclass(frozen=True, slots=True)
class StoredRecipe:
    """A recipe: its file, its text, whether it is one's own; what its receipt in this project says.

    `incomplete`: something that it delivered comes from a damaged source, which the director accepted. `read_error` is
    where it could not be read, the line (from 0) and why; its text is what could be. Where there is only a draft of it,
    its text is empty and `stamp` None.
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
        """What a draft of it is held against."""
        return Draft(text=self.text, base=self.stamp)


class RecipesLoaded(Message):
    """The recipes and their drafts have been read; what `rebase` is held against its file as it is now."""

    def __init__(self, recipes: RecipeLibrary, found: LoadedDrafts, at: str | None, settles: str | None) -> None:
        super().__init__()
        self.library = recipes
        self.drafts = found
        self.cursor = at
        self.rebase = settles


class EstimateReady(Message):
    """What a text would make."""

    def __init__(self, text: str, found: list[Estimate]) -> None:
        super().__init__()
        self.text = text
        self.estimates = found


def load_library(folder: Path, project: Project | None) -> RecipeLibrary:
    """Every recipe there is in a studio, one's own last."""
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
    """When the recipes of a studio and their drafts were written."""
    # Where the disk is away there is no shelf to be told of, rather than an empty one.
    folder.stat()
    own = folder / OWN_RECIPES
    paths = [*own.glob("*.toml"), *map(draft_path, files_with_drafts(own))]
    return {path: read_stamp(path) for path in paths}


def save_recipe(recipe: StoredRecipe, draft: Draft) -> None:
    """Writes a recipe of one's own. RequestError where it was written elsewhere since the draft was begun."""
    if read_stamp(recipe.path) != draft.base:
        raise RequestError(f"{recipe.name} was changed elsewhere meanwhile.", "ctrl+s again writes yours over it.")
    make_folder(recipe.path.parent)
    write_atomic(recipe.path, draft.text.encode())
    discard_draft(recipe.path, draft)


def remove_recipe(recipe: StoredRecipe) -> None:
    """Removes a recipe of one's own and its draft."""
    recipe.path.unlink(missing_ok=True)
    write_draft(recipe.path, None)


def copy_recipe(folder: Path, called: str, text: str) -> str:
    """Begins a recipe of one's own; its name. RequestError where the name is taken, or is none."""
    name = "-".join("".join(c if c.isalnum() or c in "-_" else " " for c in called).split()).casefold()
    if not any(c.isalnum() for c in name):
        raise RequestError(f"“{called}” is no name for a recipe.", "Give it one with a letter or a digit.")
    if name in recipe_names():
        raise RequestError(f"{name} comes with Cleanwater and stays as it is.", "Choose another name for your own.")
    path = folder / OWN_RECIPES / f"{name}.toml"
    if path.exists() or draft_path(path).exists():
        raise RequestError(f"There is a recipe {name} of your own already.", "Choose another name for the copy.")
    make_folder(path.parent)
    write_atomic(path, text.encode())
    return name


def free_name(kept: Iterable[str], like: str) -> str:
    """A name for a copy that none has yet."""
    taken, name = set(kept), f"{like}-mine"
    return next(one for n in count(1) if (one := name if n == 1 else f"{name}-{n}") not in taken)


def estimate_text(
    studio: Studio, project: Project, name: str, text: str, takes: Sequence[tuple[Take, Review]]
) -> EstimateReady:
    """What a recipe's text would make of takes."""
    recipe = Recipe.model_validate({**tomllib.loads(text), "name": name})
    return EstimateReady(text, estimate_takes(studio, project, recipe, takes))


def estimate_takes(
    studio: Studio, project: Project, recipe: Recipe, takes: Sequence[tuple[Take, Review]]
) -> list[Estimate]:
    """What a recipe would make of takes as they are trimmed, of the first 200 of them."""
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
"""The director's answers to gates, by option; None leaves the takes out that the gate is about."""


def deliver(
    studio: Studio, project: Project, recipe_path: Path, takes: Sequence[Take], answers: Answers
) -> str | GateQuestion:
    """Queues a recipe's deliverables of takes as they are trimmed, and returns a line about it.

    Where gates have choices and no answer, nothing is queued, and their question is returned.
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
        return f"{recipe.name}: nothing is delivered; {plural(left, 'take')} left out."
    if not plans:
        raise RequestError(f"There is nothing for {recipe.name} to deliver.", refused[0] if refused else "")
    asked = submit_deliveries(studio, plans)
    summary = f"{recipe.name}: {len(asked)} asked for" + (f", {left} left out" if left else "")
    return f"{summary}; {len(refused)} cannot be: {refused[0]}" if refused else f"{summary}."


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
        return "", (0, f"it cannot be read: {error.strerror}")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start)
        return content.decode(errors="replace"), (line, "it is not UTF-8: save it as UTF-8 in its own editor")
