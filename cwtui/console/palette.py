"""Everything that can be done, found by typing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider

from cwtui.console.actions import ACTIONS, Action
from cwtui.console.keymap import keys_of, shown

if TYPE_CHECKING:
    from cwtui.console.app import Console


class Everything(Provider):
    """The registry's actions, this room's and everywhere's, those that cannot be done with why."""

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action in self._here():
            yield DiscoveryHit(self._title(action), partial(self._desk.action_act, action.id), help=self._help(action))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for action in self._here():
            title = self._title(action)
            if score := matcher.match(f"{title} {action.id}"):
                yield Hit(
                    score, matcher.highlight(title), partial(self._desk.action_act, action.id), help=self._help(action)
                )

    @property
    def _desk(self) -> Console:
        from cwtui.console.app import Console

        assert isinstance(self.app, Console)
        return self.app

    def _here(self) -> list[Action]:
        room = self._desk.room
        return [action for action in ACTIONS if action.is_global or (room and room.ROOM in action.rooms)]

    def _title(self, action: Action) -> str:
        keys = " ".join(shown(key) for key in keys_of(action, self._desk.keymap))
        return f"{action.told}  [{keys}]".replace("[", "\\[")

    def _help(self, action: Action) -> str:
        room = self._desk.room
        why = self._desk.why_not(action.id)
        told = why or (room.filled(action.command) if room else "")
        return told.replace("[", "\\[")
