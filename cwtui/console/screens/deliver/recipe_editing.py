"""The actions of Deliver that open and close a recipe's text."""

from __future__ import annotations

from cwtui.console.screens.deliver.interface import DeliverInterface
from cwtui.console.screens.deliver.recipe_files import RecipeFileActions


class RecipeEditing:
    """Opens the text of a recipe in the editor, and closes it."""

    def __init__(self, screen: DeliverInterface) -> None:
        self._screen = screen

    def action_edit(self) -> None:
        screen = self._screen
        # The rows may have moved since the text was loaded.
        screen.show_text()
        document, editor = screen.document, screen.editor
        assert document
        document.open(lambda: editor.text)
        editor.read_only, editor.can_focus = False, True
        screen.set_class(True, "-editing")
        editor.focus()
        editor.validate()

    def action_leave(self) -> None:
        """Closes the editor. Unsaved changes stay in its text until they are saved or discarded."""
        self.close()
        self._screen.editor.validate()

    def action_revert(self) -> None:
        document = self._screen.document
        assert document
        document.revert()
        self._screen.show_text()
        if self._screen.rows:
            self._screen.rows.refresh_changed()

    def action_open(self) -> None:
        recipe = self._screen.recipe
        assert recipe
        (self.action_edit if recipe.own else RecipeFileActions(self._screen).action_copy)()

    def close(self) -> None:
        """Closes the editor without validating its text."""
        screen = self._screen
        document, editor = screen.document, screen.editor
        assert document
        document.close()
        editor.read_only, editor.can_focus = True, False
        screen.set_class(False, "-editing")
        screen.set_focus(None)
        if document.is_changed:
            name = document.file.name
            screen.console_app.show_message(f"Not saved yet: {name}. ctrl+s saves, u discards.", "refused")
