"""Recipes with their drafts, and forecasts of a recipe's text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.documents.document import Stamps, read_stamps
from cwtui.console.documents.drafts import LoadedDrafts, files_with_drafts, write_draft
from cwtui.console.screens.deliver.choices import request_of
from cwtui.console.screens.deliver.forecast_view import METADATA
from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.console.session import DeliveryChoices
from cwtui.console.widgets.row_list import HEADING
from engine.catalog import Project, Take
from engine.deliver import (
    OWN_RECIPES,
    PlatformVerdict,
    Recipe,
    RecipeLibrary,
    StoredRecipe,
    find_problems,
    load_library,
    own_recipe_paths,
    planned_readiness,
    read_recipe,
    remove_recipe,
)
from engine.errors import EngineError
from engine.studio import DeliveryForecast, ProjectCuts, forecast_cut, forecast_subjects

if TYPE_CHECKING:
    from engine.studio import Studio
    from engine.timeline import Cut
    from engine.validation import Problem


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


class ForecastReady(Message):
    """The forecast of a recipe's text, the verdicts of its platform and the metadata that it keeps.

    `error` says why there is none; `cut` is the delivered cut.
    """

    def __init__(
        self,
        text: str,
        forecast: DeliveryForecast,
        error: str = "",
        verdicts: Sequence[PlatformVerdict] = (),
        kept: Sequence[str] = (),
        cut: Cut | None = None,
    ) -> None:
        super().__init__()
        self.cut = cut
        self.verdicts = verdicts
        self.kept = kept
        self.text = text
        self.forecast = forecast
        self.error = error


def recipe_stamps(folder: Path) -> Stamps:
    """The stamps of the studio's own recipes and of their drafts. Raises OSError when the disk is unmounted."""
    # Raises when the disk is unmounted, instead of returning no stamps.
    folder.stat()
    return read_stamps({*own_recipe_paths(folder), *files_with_drafts(folder / OWN_RECIPES)})


def load_with_drafts(folder: Path, project: Project | None) -> tuple[RecipeLibrary, Stamps]:
    """The recipes of a studio, including those that exist only as drafts, and their stamps."""
    stamps = recipe_stamps(folder)
    return load_library(folder, project, files_with_drafts(folder / OWN_RECIPES)), stamps


def row_heading(key: str, last: str) -> str:
    """The heading with this key. Below the last row's heading there is no recipe: it says how to get one."""
    if key != f"{HEADING}own":
        return " Built-in"
    return " Your own: {copy} copies one" if key == last else " Your own"


def remove_with_draft(recipe: StoredRecipe) -> None:
    """Delete one of the user's recipes and its draft."""
    remove_recipe(recipe)
    write_draft(recipe.path, None)


def problem_finder(shown: Callable[[], StoredRecipe | None]) -> Callable[[str], list[Problem]]:
    """A function that finds the errors of a text as that of the shown recipe, which may extend others beside it."""

    def find(text: str) -> list[Problem]:
        recipe = shown()
        return find_problems(text, recipe.path if recipe else None)

    return find


def forecast_text(
    studio: Studio, project: Project, path: Path, text: str, takes: Sequence[Take], choices: DeliveryChoices
) -> ForecastReady:
    """The forecast of a recipe's text for takes, or for the cut, by the choices."""
    cut: Cut | None = None
    try:
        if choices.takes == "cut":
            cuts = ProjectCuts(studio, project)
            cut = cuts.read(cuts.name(choices.cut))
        # The run asks before it replaces files of other deliveries.
        request = replace(request_of(read_recipe(text, path), choices, project.name), replace=True)
        if choices.takes == "cut":
            return ForecastReady(text, forecast_cut(studio, request, choices.cut), kept=_kept(request.recipe), cut=cut)
    except EngineError as error:
        return ForecastReady(text, DeliveryForecast(), error.message, cut=cut)
    subjects = (studio.subject_unprobed(take) for take in takes)
    forecast = forecast_subjects(studio, request, project, subjects)
    verdicts = [planned_readiness(request.recipe, one) for one in forecast.estimates if not one.refused]
    return ForecastReady(text, forecast, "", [one for one in verdicts if one], _kept(request.recipe))


def _kept(recipe: Recipe) -> Sequence[str]:
    """The metadata of the footage that deliverables have: an archive has the originals with all of it."""
    return tuple(METADATA) if recipe.archive else recipe.metadata.keep


class Forecasts:
    """Requests a forecast when something has changed on which it depends, and keeps the last one."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen
        self._requested: tuple[object, ...] = ()
        self.ready = ForecastReady("", DeliveryForecast())

    def forget(self) -> None:
        """Requests a forecast again when the screen is shown: other screens change words, which captions depend on."""
        self._requested = ()

    def request(self, text: str, finished: int) -> None:
        """Requests the forecast of a recipe's text, unless it is the last one; `finished` counts the ended jobs."""
        screen, snapshot = self._screen, self._screen.console_app.snapshot
        recipe, takes, choices = screen.recipe, screen.takes, screen.choices
        name = recipe.name if recipe else ""
        requested = (text, name, takes, choices, snapshot.conditions, finished, snapshot.cut)
        if recipe is None or requested == self._requested:
            return
        self._requested = requested
        path, post, chosen = recipe.path, screen.post_message, [take for take, _ in takes]

        def forecast(studio: Studio, project: Project | None) -> None:
            if project:
                post(forecast_text(studio, project, path, text, chosen, choices))

        screen.console_app.submit(forecast)
