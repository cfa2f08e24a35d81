"""Handles keys and pastes strictly one after another, in any widget."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence

from textual import events
from textual.app import App, ScreenStackError
from textual.dom import DOMNode
from textual.message_pump import MessagePump

# A key may open a dialog whose field takes the next one: messages are followed this many times from the field to the
# app. Each round ends early when nothing is left to handle.
_MAX_ROUNDS = 8


class KeyQueue:
    """Keeps a key back until the one before it has been handled everywhere.

    Textual inserts a printable key as soon as the focused widget reads it, while a bound key first passes through the
    message queue of every ancestor and runs its action in the app. Without this queue, two keys that arrive in one
    burst, as they do over a slow line, change places.
    """

    def __init__(self, app: App[None]) -> None:
        self._app = app
        self._waiting: deque[events.Key | events.Paste] = deque()
        self._released: events.Key | events.Paste | None = None
        self._worker: asyncio.Task[None] | None = None

    @property
    def idle(self) -> bool:
        """Whether every key has been handled."""
        return self._worker is None or self._worker.done()

    def admit(self, event: events.Key | events.Paste) -> bool:
        """Return whether the app dispatches this event now. If not, the queue posts it again in its turn."""
        if event is self._released:
            self._released = None
            return True
        if not self.idle:
            self._waiting.append(event)
            return False
        self._worker = asyncio.create_task(self._release_in_turn(event), name="keys in order")
        return True

    async def _release_in_turn(self, event: events.Key | events.Paste) -> None:
        await self._wait_handled(event)
        while self._waiting:
            self._released = event = self._waiting.popleft()
            if not self._app.post_message(event):
                return
            await self._wait_handled(event)

    async def _wait_handled(self, event: events.Key | events.Paste) -> None:
        """Wait until an event, and the messages that its handlers posted, have been handled."""
        await _drain(self._app)
        await _drain(self._path()[0])
        if event._stop_propagation:
            # The field consumed the key, so that no other widget sees it.
            return
        for _ in range(_MAX_ROUNDS):
            path = self._path()
            quiet = all(not node.message_queue_size for node in path)
            for node in path:
                await _drain(node)
            if quiet and path == self._path():
                return

    def _path(self) -> Sequence[DOMNode]:
        """Return the widgets that see a key: the focused one, or the screen, and its ancestors up to the app."""
        try:
            return (self._app.focused or self._app.screen).ancestors_with_self
        except ScreenStackError:
            return [self._app]


async def _drain(node: MessagePump) -> None:
    """Wait until a node has handled what is in its message queue now, or has ended."""
    task = node._task
    # Textual runs the app's own queue without a task of its own.
    if not isinstance(node, App) and (task is None or task.done()):
        return
    reached = asyncio.get_running_loop().create_future()

    def reach() -> None:
        if not reached.done():
            reached.set_result(None)

    if node.post_message(events.Callback(callback=reach)):
        await asyncio.wait([reached, *([task] if task else [])], return_when=asyncio.FIRST_COMPLETED)
