"""The actions of Deliver that write and delete recipes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.console.dialogs.prompts import ChoicePrompt, TextPrompt
from cwtui.console.documents.drafts import files_with_drafts
from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.console.screens.deliver.recipes import remove_with_draft
from engine.catalog import Project
from engine.deliver import OWN_RECIPES, copy_recipe

if TYPE_CHECKING:
    from engine.studio import Studio


class RecipeFileActions:
    """Saves, copies and removes the recipe of the screen."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen

    def action_save(self) -> None:
        """Save the recipe. If another program changed it, the error says to save again; the draft is kept."""
        screen = self._screen
        document = screen.document
        assert document
        name = document.file.name
        write, read = document.save(), screen.library_reader(rebase=name)

        def save(studio: Studio, project: Project | None) -> str:
            try:
                write()
            finally:
                read(None)
            return f"Saved {name}."

        screen.console_app.submit(save)

    def action_copy(self) -> None:
        screen = self._screen
        document = screen.document
        assert document
        text = document.text

        def named(called: str | None) -> None:
            if not called:
                return
            read = screen.library_reader()

            def begin(studio: Studio, project: Project | None) -> str:
                name = copy_recipe(studio.folder, called, text, files_with_drafts(studio.folder / OWN_RECIPES))
                read(name)
                return f"Created {name}. Press {{edit}} to edit it."

            screen.console_app.submit(begin)

        screen.console_app.push_screen(
            TextPrompt("Name of the copy", screen.library.free_name(document.file.name)), named
        )

    def action_remove(self) -> None:
        """Delete the recipe after a confirmation."""
        screen = self._screen
        recipe = screen.recipe
        assert recipe

        def show_kept(studio: Studio, project: Project | None) -> str:
            remove_with_draft(recipe)
            read(None)
            return f"Deleted {recipe.name}. Its deliveries are kept."

        def answered(answer: str | None) -> None:
            if answer == "yes":
                screen.console_app.submit(show_kept)

        read = screen.library_reader()
        choices = [("no", "Keep it", ""), ("yes", "Delete it", "its deliveries are kept")]
        screen.console_app.push_screen(ChoicePrompt(f"Delete {recipe.name}?", choices), answered)
