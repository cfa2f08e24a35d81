"""The interface of the Deliver screen for the objects that do its actions. The screen imports them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from cwtui.console.documents.document import Document
from engine.catalog import Review, Take
from engine.deliver import Recipe, RecipeLibrary, StoredRecipe

if TYPE_CHECKING:
    from textual.message import Message
    from textual.widget import Widget

    from cwtui.console.app import ConsoleApp
    from cwtui.console.session import DeliveryChoices
    from cwtui.console.widgets.row_list import RowList
    from cwtui.console.widgets.toml_editor import TomlEditor
    from engine.timeline import Cut


class DeliverInterface(Protocol):
    """The parts that the actions of Deliver need from its screen."""

    @property
    def editor(self) -> TomlEditor:
        """The editor of recipes."""

    @property
    def rows(self) -> RowList | None:
        """The list of recipes."""

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
    def editing(self) -> bool:
        """Whether the editor is open."""

    @property
    def parsed_recipe(self) -> Recipe | None:
        """The recipe of the text in the editor; None if it has errors."""

    @property
    def library(self) -> RecipeLibrary:
        """The recipes as they were last read."""

    @property
    def takes(self) -> list[tuple[Take, Review]]:
        """The takes to deliver, by the choices."""

    @property
    def choices(self) -> DeliveryChoices:
        """The choices that apply to the project."""

    @property
    def delivered_cut(self) -> Cut | None:
        """The cut that is delivered, once it has been read; None if takes are."""

    def query_one(self, selector: str) -> Widget:
        """The widget of a selector."""

    def set_class(self, add: bool, *names: str) -> object:
        """Adds or removes CSS classes."""

    def has_class(self, *names: str) -> bool:
        """Whether the screen has CSS classes."""

    def set_focus(self, widget: Widget | None) -> None:
        """Focuses a widget."""

    def post_message(self, message: Message) -> bool:
        """Posts a message to the screen, from any thread."""

    def library_reader(self, rebase: str | None = None) -> Callable[[str | None], None]:
        """A function that loads the library on the studio's thread; its argument is the recipe to select, if any."""

    def show_choices(self) -> None:
        """Shows the choices with their estimate."""

    def renew_forecast(self) -> None:
        """Requests the forecast again: what is permitted has changed."""

    def show_text(self) -> None:
        """Shows the text of the recipe under the cursor."""

    def show_preview(self) -> None:
        """Shows the frame at the playhead."""
