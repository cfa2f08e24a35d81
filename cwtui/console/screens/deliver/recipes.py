"""Recipes with their drafts, estimates of a recipe's text, and the delivery of takes."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.actions import requires
from cwtui.console.dialogs.gate_questions import GateQuestion
from cwtui.console.documents.document import Stamps, read_stamps
from cwtui.console.documents.drafts import LoadedDrafts, files_with_drafts, write_draft
from cwtui.console.widgets.row_list import HEADING
from cwtui.formatting import plural
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
from engine.studio import DeliveryRequest, plan_with_answers, submit_deliveries, take_stretches
from engine.tasks import levels_path, read_levels

if TYPE_CHECKING:
    from engine.studio import Studio

# An estimate reads the levels of each take.
_MAX_TAKES = 200


class RecipesLoaded(Message):
    """The recipes and their drafts have been read; the draft of `rebase` is now based on its current file."""

    def __init__(
        self, library: RecipeLibrary, stamps: Stamps, drafts: LoadedDrafts, cursor: str | None, rebase: str | None
    ) -> None:
        super().__init__()
        self.library = library
        self.stamps = stamps
        self.drafts = drafts
        self.cursor = cursor
        self.rebase = rebase


class EstimateReady(Message):
    """The estimate of a recipe's text."""

    def __init__(self, text: str, found: list[Estimate]) -> None:
        super().__init__()
        self.text = text
        self.estimates = found


def recipe_stamps(folder: Path) -> Stamps:
    """The stamps of the studio's own recipes and of their drafts. Raises OSError when the disk is unmounted."""
    # Raises when the disk is unmounted, instead of returning no stamps.
    folder.stat()
    return read_stamps({*own_recipe_paths(folder), *files_with_drafts(folder / OWN_RECIPES)})


def load_with_drafts(folder: Path, project: Project | None) -> tuple[RecipeLibrary, Stamps]:
    """The recipes of a studio, including those that exist only as drafts, and their stamps."""
    stamps = recipe_stamps(folder)
    return load_library(folder, project, files_with_drafts(folder / OWN_RECIPES)), stamps


def recipe_refusal(action: str, recipe: StoredRecipe | None, editing: bool) -> str:
    """Why an action is not possible with a recipe; empty if it is. `editing`: the recipe's text is open."""
    if recipe is None:
        return "The recipes are loading." if requires(action, "recipe") else ""
    if action in ("edit", "open", "remove") and editing:
        return "The editor is open. Press {leave} to close it."
    if action in ("edit", "remove") and not recipe.own:
        return f"{recipe.name} is built-in. Press {{copy}} to make a copy."
    if action in ("edit", "open") and recipe.own and recipe.read_error:
        return f"Line {recipe.read_error[0] + 1}: {recipe.read_error[1]}."
    return ""


def row_heading(key: str, last: str) -> str:
    """The heading with this key. Below the last row's heading there is no recipe: it says how to get one."""
    if key != f"{HEADING}own":
        return "  Built-in"
    return "  Your own: {copy} copies one" if key == last else "  Your own"


def remove_with_draft(recipe: StoredRecipe) -> None:
    """Delete one of the user's recipes and its draft."""
    remove_recipe(recipe)
    write_draft(recipe.path, None)


def estimate_text(
    studio: Studio, project: Project, name: str, text: str, takes: Sequence[tuple[Take, Review]]
) -> EstimateReady:
    """The estimate of a recipe's text for takes."""
    recipe = Recipe.model_validate({**tomllib.loads(text), "name": name})
    return EstimateReady(text, estimate_takes(studio, project, recipe, takes))


def estimate_takes(
    studio: Studio, project: Project, recipe: Recipe, takes: Sequence[tuple[Take, Review]]
) -> list[Estimate]:
    """The estimates of a recipe for the kept ranges of takes, for the first 200 takes."""
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
        loudness = None
        with suppress(EngineError):
            loudness = read_levels(levels_path(studio, take)).loudness
        condition = studio.catalog.conditions.of(take.digest, footage.probe.damage)
        for stretch in take_stretches(take, review):
            order = DeliverableRequest(footage, stretch.name, recipe, take.input_transform, stretch.start, stretch.end)
            found.append(replace(estimate_deliverable(order, loudness, before, condition), take=take.label))
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
    summary = f"{recipe.name}: {sum(map(len, asked))} queued" + (f", {left} skipped" if left else "")
    return f"{summary}; {len(refused)} not possible: {refused[0]}" if refused else f"{summary}."
