"""Helpers that control a console on a real studio folder. They wait for conditions, not for fixed times."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from cwtui.console.app import ConsoleApp
from cwtui.console.keymap import Keymap
from cwtui.console.launch_options import LaunchOptions
from cwtui.console.session import Session
from cwtui.console.terminal.capabilities import Terminal
from engine.ingest import VolumeSource

_TIMEOUT_S = 300.0
SUGGESTION_DELAY_S = 0.01
"""Tests do not wait before suggestions for a cut are searched."""
MESSAGE_S = 600.0
"""Messages stay while a test waits, however slow the machine is."""


@asynccontextmanager
async def open_console(
    folder: Path,
    size: tuple[int, int] = (120, 40),
    *,
    clock: Callable[[], float] = time.monotonic,
    keymap: Keymap | None = None,
    terminal: Terminal = Terminal("blocks"),  # noqa: B008 - frozen
    volumes: VolumeSource | None = None,
    **session: Any,
) -> AsyncIterator[tuple[ConsoleApp, Pilot[None]]]:
    """Open a console; yield it and its pilot once all initial requests are done."""
    options = LaunchOptions(
        folder,
        Session(**session),
        keymap or {},
        terminal,
        clock=clock,
        volumes=volumes,
        suggestion_delay_s=SUGGESTION_DELAY_S,
        message_s=MESSAGE_S,
    )
    app = ConsoleApp(options)
    # The tests must not depend on how this machine is connected.
    app.link.remote = False
    async with app.run_test(size=size) as pilot:
        await wait_until_idle(app, pilot)
        yield app, pilot


async def wait_until_idle(app: ConsoleApp, pilot: Pilot[None]) -> None:
    """Wait until the console has been idle in three polls in a row."""
    idle_polls = 0
    deadline = time.monotonic() + _TIMEOUT_S
    while idle_polls < 3:
        assert time.monotonic() < deadline, "the console is not idle"
        # Three pauses of 20 ms were three quarters of a test's time. Only threads that work need one.
        await pilot.pause(0.005 if app.idle() else 0.02)
        idle_polls = idle_polls + 1 if app.idle() else 0


async def wait_until(pilot: Pilot[None], condition: Callable[[], object]) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + _TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline, "the condition is not true"
        await pilot.pause(0.02)


async def press(app: ConsoleApp, pilot: Pilot[None], *keys: str) -> None:
    """Press keys one after the other, and wait until the console is idle after each."""
    for key in keys:
        # Textual waits until the process uses no processor time: 2 s for a key while threads load frames.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("textual.app.wait_for_idle", lambda *_: asyncio.sleep(0))
            await pilot.press(key)
        await wait_until_idle(app, pilot)


def key_hints(app: ConsoleApp) -> str:
    """The text of the key hints line; empty until the screen has one."""
    from cwtui.console.widgets.status_lines import KeyHints

    assert app.mode_screen
    hints = app.mode_screen.query(KeyHints)
    return hints.first().render().plain if hints else ""


def isolated_environment(folder: Path) -> dict[str, str]:
    """An environment with state and config directories below a folder."""
    return {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "XDG_CONFIG_HOME": str(folder / "config")}
