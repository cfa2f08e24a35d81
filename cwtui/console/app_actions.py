"""What the console does in every room: go to another, help, search, the palette, looks, undo."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cwtui.console.actions import BY_ID
from cwtui.console.dialogs.prompts import Choose
from cwtui.console.keymap import keys_of, shown
from cwtui.console.terminal.capabilities import PROTOCOLS
from cwtui.console.theme import INKS
from engine.catalog import Project

if TYPE_CHECKING:
    from cwtui.console.app import Console
    from engine.studio import Studio

_WAYS = {
    "kitty": "kitty's graphics: every pixel",
    "iterm2": "iTerm2's inline pictures: every pixel, as JPEG",
    "sixel": "Sixel: every pixel, 256 colours",
    "blocks": "half blocks: any terminal with colours",
    "text": "no pictures",
}


class Overlays:
    """The actions that are the same everywhere."""

    @property
    def _console(self) -> Console:
        return cast("Console", self)

    async def do_go_ingest(self) -> None:
        """To Ingest."""
        await self._console.go("ingest")

    async def do_go_takes(self) -> None:
        """To Takes."""
        await self._console.go("takes")

    async def do_go_review(self) -> None:
        """To Review."""
        await self._console.go("review")

    async def do_go_sound(self) -> None:
        """To Sound."""
        await self._console.go("sound")

    async def do_go_cut(self) -> None:
        """To Cut."""
        await self._console.go("cut")

    async def do_go_deliver(self) -> None:
        """To Deliver."""
        await self._console.go("deliver")

    async def do_go_jobs(self) -> None:
        """To Jobs."""
        await self._console.go("jobs")

    async def do_go_prompter(self) -> None:
        """To the teleprompter."""
        await self._console.go("prompter")

    def action_help_quit(self) -> None:
        """What ctrl+c is in most programs, and here only says how one leaves."""
        key = shown(keys_of(BY_ID["quit"], self._console.keymap)[0])
        self._console.say(f"{key} leaves; jobs go on in the studio.", "refused")

    def do_help(self) -> None:
        """Every key of this room."""
        from cwtui.console.dialogs.help import Help

        console = self._console
        assert console.room
        console.push_screen(Help(console.room.ROOM))

    def do_search(self) -> None:
        """Words, takes and markers."""
        from cwtui.console.dialogs.search import Search

        self._console.push_screen(Search())

    def do_palette(self) -> None:
        """Everything by name."""
        from cwtui.console.dialogs.base import Palette
        from cwtui.console.palette import Everything

        self._console.push_screen(Palette(providers=[Everything], placeholder="What is to be done?"))

    def do_undo(self) -> None:
        """The newest edit taken back."""

        def undo(studio: Studio, project: Project | None) -> str:
            edit = studio.undo(project) if project else None
            return f"Undone: {edit.title}" if edit else "There is nothing to undo."

        self._console.do(undo)

    def do_redo(self) -> None:
        """What was taken back, again."""

        def redo(studio: Studio, project: Project | None) -> str:
            edit = studio.redo(project) if project else None
            return f"Done again: {edit.title}" if edit else "There is nothing to do again."

        self._console.do(redo)

    def do_projects(self) -> None:
        """Another project."""
        console = self._console
        snapshot = console.snapshot
        choices = [
            (one.name, one.name, f"{one.created_at.astimezone():%d %b %Y}") for one in reversed(snapshot.projects)
        ]
        if not choices:
            console.say("There is no project yet: I goes to Ingest, n makes one.", "refused")
            return

        def chosen(name: str | None) -> None:
            if name:
                console.hand.turn_to(name)

        console.push_screen(
            Choose("Which project?", choices, snapshot.project.name if snapshot.project else None), chosen
        )

    def do_theme(self) -> None:
        """The next colours."""
        console = self._console
        names = list(INKS)
        console.theme = names[(names.index(console.ink.name) + 1) % len(names)]
        console.remember(theme=console.theme)
        console.redraw(console.screen_stack)
        console.say(f"Colours: {console.ink.title}.")

    def do_plain(self) -> None:
        """Words instead of shapes, or back."""
        console = self._console
        console.remember(plain=not console.plain)
        console.set_class(console.plain, "-plain")
        if console.room:
            console.room.show(console.snapshot)
        console.redraw(console.screen_stack)
        console.say("Plain text." if console.plain else "Pictures and shapes.")

    def do_mouse(self) -> None:
        """The terminal's own selection, or clicks here."""
        console = self._console
        ours = not console.place.mouse
        console.give_mouse(ours)
        console.remember(mouse=ours)
        console.say("The mouse is Cleanwater's." if ours else "The mouse is the terminal's: select text with it.")

    def copied(self, text: str) -> None:
        """Onto the clipboard of the terminal's own machine, where it can (OSC 52)."""
        self._console.copy_to_clipboard(text)
        # Some terminals do not listen, and do not say so.
        self._console.say(f"{text}  (copied where the terminal allows it)")

    def do_pictures(self) -> None:
        """Another protocol."""
        console = self._console
        choices = [(way, way, _WAYS[way]) for way in PROTOCOLS]

        def chosen(way: str | None) -> None:
            found = next((known for known in PROTOCOLS if known == way), None)
            if found and found != console.pictures:
                console.pictures = found
                console.remember(ways={**console.place.ways, console.terminal.name: found})
                console.set_class(found == "text", "-words")
                if console.room:
                    console.room.left()
                    console.room.show(console.snapshot)
                console.redraw(console.screen_stack)

        console.push_screen(Choose("How are pictures shown here?", choices, console.pictures), chosen)
