"""Keys that arrive in one burst, as over a slow link, take effect in the order in which they were typed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, TextArea

from cwtui.console.app import ConsoleApp

from ..pilot import isolated_environment, open_console, press, wait_until_idle
from ..terminal_pty import TerminalPty, console_command

# Each editing key: the terminal's sequence, and its effect on (text, cursor).
Edit = Callable[[str, int], tuple[str, int]]
EDITS: dict[str, tuple[str, Edit]] = {
    "left": ("\x1b[D", lambda text, at: (text, at - 1)),
    "right": ("\x1b[C", lambda text, at: (text, at + 1)),
    "home": ("\x1b[H", lambda text, at: (text, 0)),
    "end": ("\x1b[F", lambda text, at: (text, len(text))),
    "backspace": ("\x7f", lambda text, at: (text[: at - 1] + text[at:], at - 1)),
    "delete": ("\x1b[3~", lambda text, at: (text[:at] + text[at + 1 :], at)),
}
LONGEST = 40
REGRESSIONS = [
    ("abcdef", ["backspace"] * 3, "xyz", "abcxyz"),
    ("abcdef", ["left"] * 3, "xyz", "abcxyzdef"),
]


def burst(count: int, seed: int) -> tuple[list[str], str]:
    """Return `count` random keys, and the text that they produce in an empty line.

    No key crosses an end of the line, because an editor would move to another line. The text stays short enough for
    a dialog to show all of it.
    """
    generator = random.Random(seed)
    keys: list[str] = []
    text, at = "", 0
    while len(keys) < count:
        possible = ["home", "end", *("abcxyz019" if len(text) < LONGEST else "")]
        possible += ["left", "backspace", "backspace"] if at else []
        possible += ["right", "delete"] if at < len(text) else []
        key = generator.choice(possible)
        keys.append(key)
        text, at = EDITS[key][1](text, at) if key in EDITS else (text[:at] + key + text[at:], at + 1)
    return keys, text


def send(app: ConsoleApp, *keys: str) -> None:
    """Post all keys at once, before the console has handled the first."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


def field(app: ConsoleApp) -> Any:
    """The focused field."""
    focused = app.focused
    assert isinstance(focused, Input | TextArea), focused
    return focused


def value(app: ConsoleApp) -> str:
    """The text of the focused field's current line."""
    widget = field(app)
    return widget.value if isinstance(widget, Input) else widget.document.get_line(widget.cursor_location[0])


# The screens and keys that open a field.
FIELDS = {
    "find": ("takes", "/"),
    "palette": ("takes", ":"),
    "project": ("ingest", "n"),
    "footage": ("ingest", "+"),
    "recipe": ("deliver", "n"),
}


@pytest.mark.parametrize("name", FIELDS)
async def test_a_burst_in_a_dialog_is_typed_in_order(studio_folder: Path, name: str) -> None:
    mode, opening_key = FIELDS[name]
    async with open_console(studio_folder, screen=mode, recipe="podcast") as (app, pilot):
        await press(app, pilot, opening_key)
        if name == "footage":
            # The list has the focus first.
            await press(app, pilot, "tab")
        field(app).clear()
        keys, expected = burst(200, seed=1)
        send(app, *keys)
        await wait_until_idle(app, pilot)
        assert value(app) == expected
        for typed, edits, more, expected in REGRESSIONS:
            field(app).clear()
            send(app, *typed, *edits, *more)
            await wait_until_idle(app, pilot)
            assert value(app) == expected


async def test_a_burst_in_the_recipe_editor_is_typed_in_order(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        await press(app, pilot, "n", "enter", "e")
        editor = field(app)
        editor.insert("\n\n", editor.document.end)
        editor.move_cursor(editor.document.end)
        keys, expected = burst(200, seed=1)
        send(app, *keys)
        await wait_until_idle(app, pilot)
        assert value(app) == expected


async def test_keys_after_a_dialog_key_go_to_the_dialog(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="takes") as (app, pilot):
        keys, expected = burst(40, 7)
        send(app, "slash", *keys)
        await wait_until_idle(app, pilot)
        assert value(app) == expected


async def test_keys_after_a_closing_key_go_to_the_screen(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="takes") as (app, pilot):
        first = app.take
        await press(app, pilot, "/")
        send(app, *"abc", "escape", "j", "y")
        await wait_until_idle(app, pilot)
        assert app.take is not None
        assert first is not None
        assert app.take.number == first.number + 1
        assert app.snapshot.reviews[app.take.id].verdict == "keep"


def test_a_burst_in_one_terminal_write_is_typed_in_order(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), (120, 40), isolated_environment(tmp_path)) as terminal:
        terminal.until_shown("001")
        terminal.press("/")
        terminal.until_shown("Find words, takes, markers")
        for seed in range(2):
            keys, expected = burst(200, seed)
            terminal.press("".join(EDITS[key][0] if key in EDITS else key for key in keys))
            terminal.until_shown(expected)
            # The line shows the whole text and nothing more.
            line = next(line for line in terminal.lines() if expected in line)
            assert line.split(expected)[1].strip(" │▌▐▕▏█") == ""
            # Clear the field.
            terminal.press("\x1b[F" + "\x7f" * len(expected))
            terminal.until_shown("spoken words, take name or marker")
