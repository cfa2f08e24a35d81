"""The interface of a mode's screen. Screens import the app; the app imports only this interface."""

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
    from cwtui.console.workers.studio_worker import StudioMissing
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
        """The take that actions apply to."""
        raise NotImplementedError

    def show_snapshot(self, snapshot: Snapshot) -> None:
        """Shows a new snapshot of the studio."""

    def media_loaded(self, event: TakeMediaLoaded) -> None:
        """Shows a take's levels and transcript after they are loaded."""

    def frame_loaded(self, event: FrameLoaded) -> None:
        """Shows a frame that was requested."""

    def deactivate(self) -> None:
        """Stops playback and meters before another screen opens."""

    def update_status(self) -> None:
        """Updates header and status bar."""

    def update_key_hints(self) -> None:
        """Updates the key hints."""

    async def set_up_studio(self, missing: StudioMissing, *, create: bool) -> None:
        """Prompts where a missing studio is created; with `create`, creates it in the console's folder."""

    def disabled_reason(self, action: str) -> str:
        """Returns why an action is disabled; an empty text if it is enabled."""
        return ""

    def command_line(self, command: str) -> str:
        """Returns the command line of an action, with the names of the current take, job or recipe."""
        raise NotImplementedError

    async def run_action_by_id(self, action: str) -> None:
        """Runs an action of the registry."""
        raise NotImplementedError
