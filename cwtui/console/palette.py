"""The command palette's provider of console actions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from cwtui.console.actions import ACTIONS, Action
from cwtui.console.keymap import key_label, keys_of

if TYPE_CHECKING:
    from cwtui.console.app import ConsoleApp


class ActionProvider(Provider):
    """Provides the current screen's and the global actions; for a disabled one, its help is the reason."""

    async def discover(self) -> Hits:
        """Yield all actions, before anything is typed."""
        for action in self._actions():
            yield DiscoveryHit(
                self._title(action), partial(self._console_app.action_dispatch, action.id), help=self._help(action)
            )

    async def search(self, query: str) -> Hits:
        """Yield the actions whose title or id matches."""
        matcher = self.matcher(query)
        for action in self._actions():
            title = self._title(action)
            if score := matcher.match(f"{title} {action.id}"):
                yield Hit(
                    score,
                    matcher.highlight(title),
                    partial(self._console_app.action_dispatch, action.id),
                    help=self._help(action),
                )

    @property
    def _console_app(self) -> ConsoleApp:
        from cwtui.console.app import ConsoleApp

        assert isinstance(self.app, ConsoleApp)
        return self.app

    def _actions(self) -> list[Action]:
        screen = self._console_app.mode_screen
        return [action for action in ACTIONS if action.is_global or (screen and screen.MODE in action.screens)]

    def _title(self, action: Action) -> str:
        keys = " ".join(key_label(key) for key in keys_of(action, self._console_app.keymap))
        return f"{action.title}  [{keys}]".replace("[", "\\[")

    def _help(self, action: Action) -> str:
        screen = self._console_app.mode_screen
        why = self._console_app.disabled_reason(action.id)
        summary = why or (screen.command_line(action.command) if screen else "")
        return summary.replace("[", "\\[")
