"""The base class of all screens: header, key hints and status bar, and the actions that several screens share."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widget import Widget

from cwtui.console.actions import BY_ID, actions_of, global_actions
from cwtui.console.app_actions import AppActions
from cwtui.console.keymap import key_label, keys_of
from cwtui.console.messages import FramesNeeded
from cwtui.console.mode_interface import ModeInterface, make_binding
from cwtui.console.screens.status import header_data, status_data
from cwtui.console.widgets.frame_view import FrameView
from cwtui.console.widgets.row_list import RowList
from cwtui.console.widgets.status_lines import KeyHint, KeyHints, ScreenHeader, StatusBar
from cwtui.paths import default_studio
from engine.catalog import Edit, Take

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp
    from engine.studio import Studio


class ModeScreen(ModeInterface):
    """The screen of a mode. It shows the app's snapshot, and submits changes to the studio worker."""

    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (60, "-narrow"), (100, "-wide"), (160, "-broad")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (16, "-short"), (30, "-tall")]  # noqa: RUF012 - as Textual has it
    BINDINGS: ClassVar[list[BindingType]] = []

    def __init_subclass__(cls) -> None:
        """Binds the keys of the screen's actions."""
        cls.BINDINGS = [make_binding(action) for action in actions_of(cls.MODE)]
        super().__init_subclass__()

    @property
    def console_app(self) -> ConsoleApp:
        """The app, typed."""
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    def compose(self) -> ComposeResult:
        yield ScreenHeader(self.MODE)
        yield from self.compose_body()
        yield KeyHints()
        yield StatusBar()

    def compose_body(self) -> Iterable[Widget]:
        raise NotImplementedError

    def on_mount(self) -> None:
        self.update_status()
        self.update_key_hints()

    def update_status(self) -> None:
        """Updates header and status bar."""
        app = self.console_app
        self.query_one(ScreenHeader).data = header_data(app.snapshot)
        self.query_one(StatusBar).data = status_data(
            app.snapshot,
            app.today(),
            gpu=app.gpu,
            link=app.link.summary,
            slow_link=app.link.slow,
            plain=app.plain,
        )

    def update_key_hints(self) -> None:
        """Updates the key hints: the enabled actions, help first because it lists all others."""
        app, hints = self.console_app, []
        for action in sorted((*actions_of(self.MODE), *global_actions()), key=lambda one: one.id != "help"):
            # While a text is edited, other keys type into it.
            keys = [
                key for key in keys_of(action, app.keymap) if not self.editing or key.startswith(("ctrl+", "escape"))
            ]
            if action.short and keys and not app.disabled_reason(action.id, self):
                hints.append(KeyHint(key_label(keys[0]), action.short))
        self.query_one(KeyHints).hints = tuple(hints)

    def on_screen_suspend(self) -> None:
        """Hides images: a dialog or another screen is drawn over them."""
        for still in self.query(FrameView):
            still.hide_image()

    def on_screen_resume(self) -> None:
        for still in self.query(FrameView):
            still.show_image()

    @on(FramesNeeded)
    def _load_frames(self, event: FramesNeeded) -> None:
        event.stop()
        loader = self.console_app.frame_loader
        if event.cancels is not None:
            loader.cancel(event.cancels)
        for request in event.requests:
            loader.request(request)

    # Actions

    @property
    def playhead(self) -> Fraction | None:
        """The time at which a player's window opens; None for the take's in point."""
        return None

    @property
    def editing(self) -> bool:
        """Whether keys type into a text."""
        return False

    @property
    def take(self) -> Take | None:
        """The take that actions apply to."""
        return self.console_app.take

    @property
    def action_parts(self) -> tuple[object, ...]:
        """The objects whose methods do this screen's actions, in the order in which they are searched."""
        return (self,)

    async def run_action_by_id(self, action: str) -> None:
        """Runs an action of the registry: of this screen, or of all screens."""
        name, arguments = BY_ID[action].method
        parts = (*self.action_parts, AppActions(self.console_app, self))
        done = next(getattr(part, f"action_{name}") for part in parts if hasattr(part, f"action_{name}"))(*arguments)
        if done is not None:
            await done

    def command_line(self, command: str) -> str:
        """Returns an action's command line with its placeholders filled in."""
        project = self.console_app.snapshot.project
        many = len(self.console_app.snapshot.projects) > 1
        take = self.take
        picture = take.probe.picture if take else None
        values = {
            "take": str(take.number) if take else "TAKE",
            "p": f"-p {shlex.quote(project.name)}" if project and many else "",
            "off": "--off" if take and self.console_app.snapshot.review(take).star else "",
            "transform": str((picture and picture.suggested_input_transform) or "apple-log"),
            "at": "0",
            "to": "0",
            "other": "TAKE",
            "marker": "1",
            "phrase": "…",
            "chain": "",
            "deliver": "cwtui deliver RECIPE",
            "recipe": "RECIPE",
            "job": "JOB",
            "answer": "cwtui deliver RECIPE TAKE --damaged",
        } | self.command_values()
        line = re.sub(r" +", " ", command.format(**values)).strip()
        if self.console_app.folder.absolute() == default_studio().absolute():
            return line
        # Another shell may have another default studio.
        return line.replace("cwtui", f"cwtui --studio {shlex.quote(str(self.console_app.folder))}", 1)

    def command_values(self) -> dict[str, str]:
        """Returns the screen's own placeholders of command lines."""
        return {}

    def action_move_rows(self, steps: int) -> None:
        """Moves the cursor by rows."""
        self._rows.move_by(steps)

    def action_move_pages(self, pages: int) -> None:
        """Moves the cursor by screenfuls."""
        self._rows.move_pages(pages)

    def action_move_to_end(self, last: bool) -> None:
        """Moves the cursor to the first row, or the last."""
        self._rows.move_to_end(last)

    @property
    def _rows(self) -> RowList:
        rows = self.rows
        assert rows
        return rows

    @on(RowList.RowHighlighted)
    def _row_highlighted(self) -> None:
        self.update_key_hints()

    @on(RowList.RowSelected)
    async def _row_selected(self) -> None:
        await self.console_app.action_dispatch("open")

    def adjacent_take(self, steps: int) -> Take | None:
        """Returns the take so many steps away; at the ends shows a message and returns None."""
        takes, take = self.console_app.snapshot.takes, self.take
        at = next((n for n, one in enumerate(takes) if take and one.id == take.id), 0) + steps
        if 0 <= at < len(takes):
            return takes[at]
        self.console_app.show_message("This is the last take." if steps > 0 else "This is the first take.", "refused")
        return None

    # Decisions about a take

    def action_star(self) -> None:
        """Adds or removes the star."""
        take = self.take
        assert take

        def turn(studio: Studio, meant: Take) -> Edit | None:
            reviews = studio.catalog.reviews
            return reviews.set_star(meant, not reviews.of(meant).star)

        self.console_app.edit_take(take, turn)

    def action_window(self) -> None:
        """Opens the take in a player."""
        take = self.take
        assert take
        self.console_app.player.open(take, self.playhead)

    def action_trim_none(self) -> None:
        """Clears the in and out points."""
        take = self.take
        assert take
        self.console_app.edit_take(take, lambda studio, meant: studio.catalog.reviews.set_trim(meant, None, None))

    def action_set_verdict(self, verdict: Literal["keep"] | None) -> None:
        """Decides on the take; None clears the verdict."""
        take = self.take
        assert take
        self.console_app.edit_take(take, lambda studio, meant: studio.catalog.reviews.set_verdict(meant, verdict))
