"""Actions that are available on every screen: navigation, help, search, palette, undo, display settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwtui.console.actions import actions_of, global_actions
from cwtui.console.keymap import key_label, keys_of
from cwtui.console.screens.empty_state import NO_PROJECT
from cwtui.console.terminal.capabilities import PROTOCOLS
from cwtui.console.theme import PALETTES
from engine.catalog import Project

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from cwtui.console.messages import SearchHit
    from cwtui.console.mode_interface import ModeInterface
    from engine.studio import Studio

_PROTOCOL_TITLES = {
    "kitty": "Kitty graphics: full resolution",
    "iterm2": "iTerm2 inline images: full resolution, JPEG",
    "sixel": "Sixel: full resolution, 256 colours",
    "blocks": "Half blocks: any colour terminal",
    "text": "No images",
}


class AppActions:
    """The actions that are available on every screen."""

    def __init__(self, app: ConsoleApp, screen: ModeInterface) -> None:
        self._console_app = app
        self._screen = screen

    async def action_go(self, mode: str) -> None:
        """Opens the screen of a mode."""
        await self._console_app.open_screen(mode)

    def action_help(self) -> None:
        from cwtui.console.dialogs.help import HelpDialog, HelpEntry

        app, screen = self._console_app, self._screen
        entries = [
            HelpEntry(
                action.id,
                " ".join(key_label(key) for key in keys_of(action, app.keymap)),
                action.title,
                screen.command_line(action.command) if action.command else "",
                app.disabled_reason(action.id, screen),
                action.is_global,
            )
            for action in (*actions_of(screen.MODE), *global_actions())
        ]

        async def run(action: str | None) -> None:
            if action:
                await app.action_dispatch(action)

        app.push_screen(HelpDialog(screen.MODE, entries), run)

    def action_search(self) -> None:
        from cwtui.console.dialogs.search import SearchDialog

        app = self._console_app

        async def open_hit(hit: SearchHit | None) -> None:
            if hit:
                await app.open_screen("review", app.snapshot.by_id.get(hit.take), hit.at)

        app.push_screen(SearchDialog(), open_hit)

    def action_palette(self) -> None:
        from cwtui.console.palette import open_palette

        open_palette(self._console_app, self._screen)

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
            console.show_message(NO_PROJECT, "refused")
            return

        def chosen(name: str | None) -> None:
            if name:
                console.studio_worker.switch_project(name)

        from cwtui.console.dialogs.prompts import ChoicePrompt

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
        self._screen.show_snapshot(console.snapshot)
        self._screen.update_status()
        console.refresh_screens(console.screen_stack)
        console.show_message("Plain text on." if console.plain else "Plain text off.")

    def action_mouse(self) -> None:
        console = self._console_app
        ours = not console.session.mouse
        console.set_mouse_capture(ours)
        console.update_session(mouse=ours)
        console.show_message("Mouse captured." if ours else "Mouse released: select text with the terminal.")

    def action_pictures(self) -> None:
        console = self._console_app
        choices = [(protocol, protocol, _PROTOCOL_TITLES[protocol]) for protocol in PROTOCOLS]

        def chosen(protocol: str | None) -> None:
            found = next((known for known in PROTOCOLS if known == protocol), None)
            if found and found != console.picture_output.protocol:
                console.picture_output.protocol = found
                console.update_session(protocols={**console.session.protocols, console.terminal.name: found})
                console.set_class(found == "text", "-words")
                self._screen.deactivate()
                self._screen.show_snapshot(console.snapshot)
                console.refresh_screens(console.screen_stack)

        from cwtui.console.dialogs.prompts import ChoicePrompt

        console.push_screen(ChoicePrompt("Image display", choices, console.picture_output.protocol), chosen)

    async def action_quit(self) -> None:
        """Quits; jobs keep running."""
        await self._console_app.action_quit()
