"""What the console does in every room: go to another, help, search, the palette, looks, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cwtui.console.actions import BY_ID
from cwtui.console.dialogs.prompts import ChoicePrompt
from cwtui.console.keymap import key_label, keys_of
from cwtui.console.terminal.capabilities import PROTOCOLS
from cwtui.console.theme import PALETTES
from engine.catalog import Project

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.studio import Studio

_PROTOCOL_TITLES = {
    "kitty": "kitty's graphics: every pixel",
    "iterm2": "iTerm2's inline pictures: every pixel, as JPEG",
    "sixel": "Sixel: every pixel, 256 colours",
    "blocks": "half blocks: any terminal with colours",
    "text": "no pictures",
}


class AppActions:
    """The actions that are the same everywhere."""

    @property
    def _console_app(self) -> ConsoleApp:
        return cast("ConsoleApp", self)

    async def action_go_ingest(self) -> None:
        """To Ingest."""
        await self._console_app.open_screen("ingest")

    async def action_go_takes(self) -> None:
        """To Takes."""
        await self._console_app.open_screen("takes")

    async def action_go_review(self) -> None:
        """To Review."""
        await self._console_app.open_screen("review")

    async def action_go_sound(self) -> None:
        """To Sound."""
        await self._console_app.open_screen("sound")

    async def action_go_cut(self) -> None:
        """To Cut."""
        await self._console_app.open_screen("cut")

    async def action_go_deliver(self) -> None:
        """To Deliver."""
        await self._console_app.open_screen("deliver")

    async def action_go_jobs(self) -> None:
        """To Jobs."""
        await self._console_app.open_screen("jobs")

    async def action_go_prompter(self) -> None:
        """To the teleprompter."""
        await self._console_app.open_screen("prompter")

    def action_help_quit(self) -> None:
        """What ctrl+c is in most programs, and here only says how one leaves."""
        key = key_label(keys_of(BY_ID["quit"], self._console_app.keymap)[0])
        self._console_app.show_message(f"{key} leaves; jobs go on in the studio.", "refused")

    def action_help(self) -> None:
        """Every key of this room."""
        from cwtui.console.dialogs.help import HelpDialog

        console = self._console_app
        assert console.mode_screen
        console.push_screen(HelpDialog(console.mode_screen.MODE))

    def action_search(self) -> None:
        """Words, takes and markers."""
        from cwtui.console.dialogs.search import SearchDialog

        self._console_app.push_screen(SearchDialog())

    def action_palette(self) -> None:
        """Everything by name."""
        from cwtui.console.dialogs.base import ActionPalette
        from cwtui.console.palette import ActionProvider

        self._console_app.push_screen(ActionPalette(providers=[ActionProvider], placeholder="What is to be done?"))

    def action_undo(self) -> None:
        """The newest edit taken back."""

        def undo(studio: Studio, project: Project | None) -> str:
            edit = studio.undo(project) if project else None
            return f"Undone: {edit.title}" if edit else "There is nothing to undo."

        self._console_app.submit(undo)

    def action_redo(self) -> None:
        """What was taken back, again."""

        def redo(studio: Studio, project: Project | None) -> str:
            edit = studio.redo(project) if project else None
            return f"Done again: {edit.title}" if edit else "There is nothing to do again."

        self._console_app.submit(redo)

    def action_projects(self) -> None:
        """Another project."""
        console = self._console_app
        snapshot = console.snapshot
        choices = [
            (one.name, one.name, f"{one.created_at.astimezone():%d %b %Y}") for one in reversed(snapshot.projects)
        ]
        if not choices:
            console.show_message("There is no project yet: I goes to Ingest, n makes one.", "refused")
            return

        def chosen(name: str | None) -> None:
            if name:
                console.studio_worker.switch_project(name)

        console.push_screen(
            ChoicePrompt("Which project?", choices, snapshot.project.name if snapshot.project else None), chosen
        )

    def action_theme(self) -> None:
        """The next colours."""
        console = self._console_app
        names = list(PALETTES)
        console.theme = names[(names.index(console.palette.name) + 1) % len(names)]
        console.update_session(theme=console.theme)
        console.refresh_screens(console.screen_stack)
        console.show_message(f"Colours: {console.palette.title}.")

    def action_plain(self) -> None:
        """Words instead of shapes, or back."""
        console = self._console_app
        console.update_session(plain=not console.plain)
        console.set_class(console.plain, "-plain")
        if console.mode_screen:
            console.mode_screen.show_snapshot(console.snapshot)
        console.refresh_screens(console.screen_stack)
        console.show_message("Plain text." if console.plain else "Pictures and shapes.")

    def action_mouse(self) -> None:
        """The terminal's own selection, or clicks here."""
        console = self._console_app
        ours = not console.session.mouse
        console.set_mouse_capture(ours)
        console.update_session(mouse=ours)
        console.show_message(
            "The mouse is Cleanwater's." if ours else "The mouse is the terminal's: select text with it."
        )

    def copy_text(self, text: str) -> None:
        """Onto the clipboard of the terminal's own machine, where it can (OSC 52)."""
        self._console_app.copy_to_clipboard(text)
        # Some terminals do not listen, and do not say so.
        self._console_app.show_message(f"{text}  (copied where the terminal allows it)")

    def action_pictures(self) -> None:
        """Another protocol."""
        console = self._console_app
        choices = [(protocol, protocol, _PROTOCOL_TITLES[protocol]) for protocol in PROTOCOLS]

        def chosen(protocol: str | None) -> None:
            found = next((known for known in PROTOCOLS if known == protocol), None)
            if found and found != console.picture_output.protocol:
                console.picture_output.protocol = found
                console.update_session(protocols={**console.session.protocols, console.terminal.name: found})
                console.set_class(found == "text", "-words")
                if console.mode_screen:
                    console.mode_screen.deactivate()
                    console.mode_screen.show_snapshot(console.snapshot)
                console.refresh_screens(console.screen_stack)

        console.push_screen(
            ChoicePrompt("How are pictures shown here?", choices, console.picture_output.protocol), chosen
        )
