"""Helpers to drive a console over a real studio folder; they wait for events instead of fixed times."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from cwtui.console.app import ConsoleApp, LaunchOptions
from cwtui.console.keymap import Keymap
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal

_PATIENCE_S = 150.0


@asynccontextmanager
async def opened(
    folder: Path,
    size: tuple[int, int] = (120, 40),
    *,
    clock: Callable[[], float] = time.monotonic,
    keymap: Keymap | None = None,
    terminal: Terminal = Terminal("blocks"),  # noqa: B008 - frozen
    **session: Any,
) -> AsyncIterator[tuple[ConsoleApp, Pilot[None]]]:
    """A console and its pilot, once all initial requests are done."""
    app = ConsoleApp(LaunchOptions(folder, Session(**session), keymap or {}, terminal, clock=clock))
    # The tests must not depend on how this machine is connected.
    app.link.remote = False
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        yield app, pilot


async def settled(app: ConsoleApp, pilot: Pilot[None]) -> None:
    """Wait until the console has been idle in three polls."""
    calm = 0
    deadline = time.monotonic() + _PATIENCE_S
    while calm < 3:
        assert time.monotonic() < deadline, "the console does not come to rest"
        await pilot.pause(0.02)
        calm = calm + 1 if app.idle() else 0


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        assert time.monotonic() < deadline, "it did not come to be"
        await pilot.pause(0.02)


async def press(app: ConsoleApp, pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, and wait until the console is idle after each."""
    for key in keys:
        await pilot.press(key)
        await settled(app, pilot)


def key_hints(app: ConsoleApp) -> str:
    """The text of the key hints line; empty until the screen has one."""
    from cwtui.console.widgets.status_lines import KeyHints

    assert app.mode_screen
    hints = app.mode_screen.query(KeyHints)
    return hints.first().render().plain if hints else ""


def own_state(folder: Path) -> dict[str, str]:
    """An environment with state and config directories below a folder."""
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
