"""The interface of the Deliver screen for the objects that do its actions. The screen imports them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from cwtui.console.documents.document import Document
from engine.catalog import Review, Take
from engine.deliver import Recipe, RecipeLibrary, StoredRecipe

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp


class DeliverInterface(Protocol):
    """The parts that the actions of Deliver need from its screen."""

    @property
    def console_app(self) -> ConsoleApp:
        """The app, typed."""

    @property
    def document(self) -> Document[StoredRecipe] | None:
        """The text of the recipe that is open in the editor, or of the one under the cursor."""

    @property
    def recipe(self) -> StoredRecipe | None:
        """The recipe that is open in the editor, or the one under the cursor."""

    @property
    def parsed_recipe(self) -> Recipe | None:
        """The recipe of the text in the editor; None if it has errors."""

    @property
    def library(self) -> RecipeLibrary:
        """The recipes as they were last read."""

    @property
    def takes(self) -> list[tuple[Take, Review]]:
        """The takes to deliver, by the choices."""

    def library_reader(self, rebase: str | None = None) -> Callable[[str | None], None]:
        """A function that loads the library on the studio's thread; its argument is the recipe to select, if any."""

    def show_choices(self) -> None:
        """Shows the choices with their estimate."""
