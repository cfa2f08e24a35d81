"""Every screen works at any size, and shows everything again after the terminal is enlarged."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cwtui.console.actions import LETTERS, MODE_NAMES
from cwtui.console.dialogs.base import ActionPalette
from cwtui.console.dialogs.help import HelpDialog
from cwtui.console.dialogs.search import SearchDialog

from .pilot import opened, own_state, settled, until
from .terminal_pty import TerminalPty, console_command

SIZES = [(20, 5), (1, 1), (200, 60), (120, 40)]
# Pressed at each size: move in lists, open and close help, the palette and search.
KEYS = ("down", "question_mark", "escape", "colon", "escape", "slash", "escape", "up")


@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_every_screen_stands_any_size_and_its_keys_work_there(studio_folder: Path, mode: str) -> None:
    async with opened(studio_folder, screen=mode) as (app, pilot):
        for size in SIZES:
            await pilot.resize_terminal(*size)
            opened_screens = []
            for key in KEYS:
                await pilot.press(key)
                await until(pilot, app.idle)
                opened_screens.append(type(app.screen))
            await settled(app, pilot)
            assert {HelpDialog, ActionPalette, SearchDialog} <= set(opened_screens)
            assert app.mode_screen
            assert (app.screen, app.mode_screen.MODE, app.size) == (app.mode_screen, mode, size)


def test_a_terminal_made_small_and_large_again_shows_what_one_does_that_never_was(
    studio_folder: Path, tmp_path: Path
) -> None:
    command, environment = console_command(studio_folder), own_state(tmp_path)
    # Image sizes depend on the measured link, so that images are off.
    words = {"CWTUI_PICTURES": "text"}
    with (
        TerminalPty(command, environment=environment, more=words) as one,
        TerminalPty(command, environment=environment, more=words) as other,
    ):
        for mode, letter in LETTERS.items():
            for terminal in (one, other):
                terminal.until_shown("nothing leaves this machine")
                terminal.press(letter)
            for size in SIZES:
                mark = one.sent
                one.resize(*size)
                one.until_true(lambda mark=mark: one.sent > mark, f"{mode} at {size} is not drawn")
            one.until_true(lambda: drawn(one) == drawn(other), f"{mode} is another:\n{other.text}\n")
        for terminal in (one, other):
            terminal.press("q")
            assert terminal.wait() == 0
            assert b"Traceback" not in terminal.since(0)


def drawn(terminal: TerminalPty) -> list[str]:
    """The screen without its last line, which shows measurements, and without ages."""
    return [re.sub(r"\s*(just now|\d+ \w+ ago)", "ago", line).rstrip() for line in terminal.look()[:-1]]
