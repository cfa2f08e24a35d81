"""Actions that are available on every screen: navigation, help, search, palette, undo, display settings."""

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
    "kitty": "Kitty graphics: full resolution",
    "iterm2": "iTerm2 inline images: full resolution, JPEG",
    "sixel": "Sixel: full resolution, 256 colours",
    "blocks": "Half blocks: any colour terminal",
    "text": "No images",
}


class AppActions:
    """Mixin of the app with the actions of every screen."""

    @property
    def _console_app(self) -> ConsoleApp:
        return cast("ConsoleApp", self)

    async def action_go_ingest(self) -> None:
        await self._console_app.open_screen("ingest")

    async def action_go_takes(self) -> None:
        await self._console_app.open_screen("takes")

    async def action_go_review(self) -> None:
        await self._console_app.open_screen("review")

    async def action_go_sound(self) -> None:
        await self._console_app.open_screen("sound")

    async def action_go_cut(self) -> None:
        await self._console_app.open_screen("cut")

    async def action_go_deliver(self) -> None:
        await self._console_app.open_screen("deliver")

    async def action_go_jobs(self) -> None:
        await self._console_app.open_screen("jobs")

    async def action_go_prompter(self) -> None:
        await self._console_app.open_screen("prompter")

    def action_help_quit(self) -> None:
        """Show the key that quits; Textual runs this action on ctrl+c."""
        key = key_label(keys_of(BY_ID["quit"], self._console_app.keymap)[0])
        self._console_app.show_message(f"{key} quits; jobs keep running.", "refused")

    def action_help(self) -> None:
        from cwtui.console.dialogs.help import HelpDialog

        console = self._console_app
        assert console.mode_screen
        console.push_screen(HelpDialog(console.mode_screen.MODE))

    def action_search(self) -> None:
        from cwtui.console.dialogs.search import SearchDialog

        self._console_app.push_screen(SearchDialog())

    def action_palette(self) -> None:
        from cwtui.console.dialogs.base import ActionPalette
        from cwtui.console.palette import ActionProvider

        self._console_app.push_screen(ActionPalette(providers=[ActionProvider], placeholder="Search actions"))

    def action_undo(self) -> None:
        def undo(studio: Studio, project: Project | None) -> str:
            edit = studio.undo(project) if project else None
            return f"Undid: {edit.title}" if edit else "There is nothing to undo."

        self._console_app.submit(undo)

    def action_redo(self) -> None:
        def redo(studio: Studio, project: Project | None) -> str:
            edit = studio.redo(project) if project else None
            return f"Redid: {edit.title}" if edit else "There is nothing to redo."

        self._console_app.submit(redo)

    def action_projects(self) -> None:
        console = self._console_app
        snapshot = console.snapshot
        choices = [
            (one.name, one.name, f"{one.created_at.astimezone():%d %b %Y}") for one in reversed(snapshot.projects)
        ]
        if not choices:
            console.show_message("No project yet. Press I, then n to create one.", "refused")
            return

        def chosen(name: str | None) -> None:
            if name:
                console.studio_worker.switch_project(name)

        console.push_screen(
            ChoicePrompt("Switch project", choices, snapshot.project.name if snapshot.project else None), chosen
        )

    def action_theme(self) -> None:
        console = self._console_app
        names = list(PALETTES)
        console.theme = names[(names.index(console.palette.name) + 1) % len(names)]
        console.update_session(theme=console.theme)
        console.refresh_screens(console.screen_stack)
        console.show_message(f"Colours: {console.palette.title}.")

    def action_plain(self) -> None:
        console = self._console_app
        console.update_session(plain=not console.plain)
        console.set_class(console.plain, "-plain")
        if console.mode_screen:
            console.mode_screen.show_snapshot(console.snapshot)
        console.refresh_screens(console.screen_stack)
        console.show_message("Plain text on." if console.plain else "Plain text off.")

    def action_mouse(self) -> None:
        console = self._console_app
        ours = not console.session.mouse
        console.set_mouse_capture(ours)
        console.update_session(mouse=ours)
        console.show_message("Mouse captured." if ours else "Mouse released: select text with the terminal.")

    def copy_text(self, text: str) -> None:
        """Copy text to the clipboard of the terminal's own machine by OSC 52."""
        self._console_app.copy_to_clipboard(text)
        # A terminal without OSC 52 ignores it without an error.
        self._console_app.show_message(f"{text}  (copied, if the terminal supports it)")

    def action_pictures(self) -> None:
        console = self._console_app
        choices = [(protocol, protocol, _PROTOCOL_TITLES[protocol]) for protocol in PROTOCOLS]

        def chosen(protocol: str | None) -> None:
            found = next((known for known in PROTOCOLS if known == protocol), None)
            if found and found != console.picture_protocol:
                console.picture_protocol = found
                console.update_session(protocols={**console.session.protocols, console.terminal.name: found})
                console.set_class(found == "text", "-words")
                if console.mode_screen:
                    console.mode_screen.deactivate()
                    console.mode_screen.show_snapshot(console.snapshot)
                console.refresh_screens(console.screen_stack)

        console.push_screen(ChoicePrompt("Image display", choices, console.picture_protocol), chosen)
