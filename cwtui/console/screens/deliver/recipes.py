"""Recipes with the console's drafts, what a text would make of takes, and the delivery of takes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from fractions import Fraction
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
from cwtui.formatting import plural
from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Project, Review, Take
from engine.deliver import (
    OWN_RECIPES,
    Deliverable,
    DeliverableRequest,
    Estimate,
    Recipe,
    RecipeLibrary,
    StoredRecipe,
    estimate_deliverable,
    load_library,
    load_recipe,
    own_recipe_paths,
    read_receipt,
    remove_recipe,
)
from engine.errors import EngineError, GateError, RequestError
from engine.file_stamp import FileStamp, read_stamp
from engine.studio import DeliveryRequest, plan_with_answers, submit_deliveries
from engine.tasks import levels_path, read_levels

if TYPE_CHECKING:
    from engine.studio import Studio

# A prediction reads each take's levels.
_MAX_TAKES = 200
_RECIPE_ACTIONS = frozenset({"edit", "open", "remove", "copy", "save", "revert", "deliver"})

Stamps = Mapping[Path, FileStamp]
"""The stamps of a studio's own recipes and their drafts: they change where one is written or removed."""


class RecipesLoaded(Message):
    """The recipes and their drafts have been read; what `rebase` is held against its file as it is now."""

    def __init__(
        self, library: RecipeLibrary, stamps: Stamps, drafts: LoadedDrafts, at: str | None, settles: str | None
    ) -> None:
        super().__init__()
        self.library = library
        self.stamps = stamps
        self.drafts = drafts
        self.cursor = at
        self.rebase = settles


class EstimateReady(Message):
    """What a text would make."""

    def __init__(self, text: str, found: list[Estimate]) -> None:
        super().__init__()
        self.text = text
        self.estimates = found


def read_stamps(folder: Path) -> Stamps:
    """The stamps as they are now. OSError where the studio's disk is away."""
    # Otherwise a disk that is away would look like a studio without recipes.
    folder.stat()
    drafts = map(draft_path, files_with_drafts(folder / OWN_RECIPES))
    return {path: read_stamp(path) for path in [*own_recipe_paths(folder), *drafts]}


def load_with_drafts(folder: Path, project: Project | None) -> tuple[RecipeLibrary, Stamps]:
    """A studio's recipes, those that are drafts alone among them."""
    stamps = read_stamps(folder)
    return load_library(folder, project, files_with_drafts(folder / OWN_RECIPES)), stamps


def as_draft(recipe: StoredRecipe) -> Draft:
    """The saved text, for comparison with a draft."""
    return Draft(text=recipe.text, base=recipe.stamp)


def recipe_refusal(action: str, recipe: StoredRecipe | None, editing: bool) -> str:
    """Why an action does not fit a recipe; empty where it does. `editing`: the recipe's text is open."""
    if recipe is None:
        return "The recipes are being read." if action in _RECIPE_ACTIONS else ""
    if action in ("edit", "open", "remove") and editing:
        return "Its text is open: esc leaves it."
    if action in ("edit", "remove") and not recipe.own:
        return f"{recipe.name} comes with Cleanwater: n makes a copy of your own."
    if action in ("edit", "open") and recipe.own and recipe.read_error:
        return f"Line {recipe.read_error[0] + 1}: {recipe.read_error[1]}."
    return ""


def save_recipe(recipe: StoredRecipe, draft: Draft) -> None:
    """Writes a recipe of one's own. RequestError where it was written elsewhere since the draft was begun."""
    if read_stamp(recipe.path) != draft.base:
        raise RequestError(f"{recipe.name} was changed elsewhere meanwhile.", "ctrl+s again writes yours over it.")
    make_folder(recipe.path.parent)
    write_atomic(recipe.path, draft.text.encode())
    discard_draft(recipe.path, draft)


def remove_with_draft(recipe: StoredRecipe) -> None:
    """Removes a recipe of one's own and its draft."""
    remove_recipe(recipe)
    write_draft(recipe.path, None)


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
