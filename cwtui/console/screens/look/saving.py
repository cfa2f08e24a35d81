"""Saves changed parameters as a look of the user's own, and applies looks to clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.shown_cut import CutMaterial
from cwtui.console.workers.look_reader import LooksRead, listed_looks

if TYPE_CHECKING:
    from cwtui.console.screens.look.interface import LookEditor
    from engine.catalog import Project
    from engine.studio import Studio
    from engine.timeline import Cut


class LookSaved(Message):
    """The changes of a look have been saved as the look `name`."""

    def __init__(self, base: str, name: str) -> None:
        super().__init__()
        self.base, self.name = base, name


class LookSaving:
    """The actions that write a look or a clip."""

    def __init__(self, screen: LookEditor) -> None:
        self._screen = screen

    def disabled_reason(self, action: str) -> str:
        """Why an action is disabled; an empty text if it is enabled, or an action of another part."""
        if action == "apply_look" and self._screen.changes:
            return "Press {save_look} to save the parameters as a look of your own first."
        return ""

    def action_save_look(self) -> None:
        """Prompts for the name of the look; that of a look of one's own changes it."""
        look, app = self._screen.look, self._screen.console_app
        assert look
        base, own, changes = look.name, look.own, dict(self._screen.changes)

        def save(studio: Studio, name: str) -> str:
            from engine.looks import change_own_look, create_look_from

            if own and name == base:
                change_own_look(studio.folder, name, changes)
            else:
                name = create_look_from(studio.folder, name, base, changes)
            self._screen.post_message(LooksRead(listed_looks(studio.folder)))
            self._screen.post_message(LookSaved(base, name))
            return f"Look {name} saved."

        def named(name: str | None) -> None:
            if name is not None:

                def work(studio: Studio, _: Project | None) -> str:
                    return save(studio, name)

                app.submit(work)

        hint = f"⏎ Save   esc Cancel   {base} changes the look itself" if own else "⏎ Save   esc Cancel"
        app.push_screen(TextPrompt("Save as a look of your own", base if own else f"my-{base}", hint), named)

    def action_apply_look(self) -> None:
        """Sets the look of the clip."""
        look, subject = self._screen.look, self._screen.subject
        clip, index = subject.clip, subject.index
        assert look
        assert clip
        assert index is not None
        name = look.name

        def change(cut: Cut, _: CutMaterial) -> Cut:
            from engine.timeline import set_look

            return set_look(cut, [clip.id], name)

        self._screen.console_app.studio_worker.edit_cut(change, f"look of clip {index + 1}: {name}")
