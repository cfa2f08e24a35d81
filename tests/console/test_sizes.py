"""Every screen works at any size, and is complete after the terminal is enlarged."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from cwtui.console.actions import LETTERS, MODE_NAMES
from cwtui.console.dialogs.help import HelpDialog
from cwtui.console.dialogs.palette import ActionPalette
from cwtui.console.dialogs.search import SearchDialog

from .pilot import isolated_environment, open_console, press, wait_until_idle
from .terminal_pty import TerminalPty, console_command

SIZES = [(20, 5), (1, 1), (200, 60), (120, 40)]
# The keys are pressed at the smallest size, and at a usual one after it.
SIZES_WITH_KEYS = [(1, 1), (120, 40)]
# Pressed at each of these sizes: move in lists, open and close help, the palette and search.
KEYS = ("down", "question_mark", "escape", "colon", "escape", "slash", "escape", "up")


@pytest.mark.parametrize(
    "with_keys", [SIZES_WITH_KEYS, pytest.param(SIZES, marks=pytest.mark.slow)], ids=["two", "all"]
)
@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_every_screen_and_its_keys_work_at_any_size(
    studio_folder: Path, mode: str, with_keys: Sequence[tuple[int, int]]
) -> None:
    async with open_console(studio_folder, screen=mode) as (app, pilot):
        for size in SIZES:
            await pilot.resize_terminal(*size)
            opened_screens = []
            for key in KEYS if size in with_keys else ():
                await press(app, pilot, key)
                opened_screens.append(type(app.screen))
            await wait_until_idle(app, pilot)
            assert {HelpDialog, ActionPalette, SearchDialog} <= {*opened_screens} or size not in with_keys
            assert app.mode_screen
            assert (app.screen, app.mode_screen.MODE, app.size) == (app.mode_screen, mode, size)


def test_a_resized_terminal_shows_the_same_as_one_never_resized(studio_folder: Path, tmp_path: Path) -> None:
    command, environment = console_command(studio_folder), isolated_environment(tmp_path)
    # Images are off, because their size depends on the measured link.
    no_images = {"CWTUI_PICTURES": "text"}
    with (
        TerminalPty(command, environment=environment, extra=no_images) as resized,
        TerminalPty(command, environment=environment, extra=no_images) as unresized,
    ):
        for mode, letter in LETTERS.items():
            for terminal in (resized, unresized):
                terminal.until_shown("nothing leaves this machine")
                terminal.press(letter)
            for size in SIZES:
                mark = resized.sent
                resized.resize(*size)
                resized.until_true(lambda mark=mark: resized.sent > mark, f"{mode} at {size} is not drawn")
            resized.until_true(
                lambda: screen_lines(resized) == screen_lines(unresized), f"{mode} is another:\n{unresized.text}\n"
            )
        for terminal in (resized, unresized):
            terminal.press("q")
            assert terminal.wait() == 0
            assert b"Traceback" not in terminal.since(0)


def screen_lines(terminal: TerminalPty) -> list[str]:
    """The lines of the screen without ages and without the last line, which shows measurements."""
    return [re.sub(r"\s*(just now|\d+ \w+ ago)", "ago", line).rstrip() for line in terminal.lines()[:-1]]
