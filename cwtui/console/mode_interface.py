"""What the app asks of the screen of a mode. Screens know the app; the app knows only this of screens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.screen import Screen

from cwtui.console.actions import Action
from engine.catalog import Take

if TYPE_CHECKING:
    from cwtui.console.messages import FrameLoaded
    from cwtui.console.snapshot import Snapshot
    from cwtui.console.widgets.row_list import RowList
    from cwtui.console.workers.take_media import TakeMediaLoaded


def make_binding(action: Action) -> Binding:
    """Returns the binding of an action. Users remap it by its id."""
    return Binding(action.keys, f"app.dispatch('{action.id}')", action.title, id=action.id, tooltip=action.command)


class ModeInterface(Screen[None]):
    """The screen of a mode, as the app sees it."""

    MODE: ClassVar[str]

    @property
    def idle(self) -> bool:
        """Whether no timer and no request of the screen is pending."""
        return True

    @property
    def rows(self) -> RowList | None:
        """The list that the cursor keys move in, if there is one."""
        return None

    @property
    def take(self) -> Take | None:
        """The take that actions are done to."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows another state of the studio."""

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Shows a take's sound and words, which have been read."""

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame that was requested."""

    def deactivate(self) -> None:
        """Stops what runs: another screen is opened."""

    def update_status(self) -> None:
        """Updates header and status bar."""

    def update_key_hints(self) -> None:
        """Updates the line of keys."""

    def disabled_reason(self, action: str) -> str:
        """Returns why an action cannot be done now; an empty text if it can."""
        return ""

    def command_line(self, command: str) -> str:
        """Returns an action's command line for what it would be done to here."""
        raise NotImplementedError

    async def run_action_by_id(self, action: str) -> None:
        """Does an action of the registry."""
        raise NotImplementedError
