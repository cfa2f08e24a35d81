"""Keys that arrive in one burst, as over a slow line, take effect in the order in which they were typed."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input, TextArea

from cwtui.console.app import ConsoleApp

from ..pilot import opened, own_state, press, settled
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
FAULTS = [
    ("abcdef", ["backspace"] * 3, "xyz", "abcxyz"),
    ("abcdef", ["left"] * 3, "xyz", "abcxyzdef"),
]


def burst(count: int, seed: int) -> tuple[list[str], str]:
    """Return `count` mixed keys, and the text that they make of an empty line.

    No key runs into an end of the line, where a text of several lines would go on to the next. The text stays short
    enough for a dialog to show all of it.
    """
    choice = random.Random(seed)
    keys: list[str] = []
    text, at = "", 0
    while len(keys) < count:
        possible = ["home", "end", *("abcxyz019" if len(text) < LONGEST else "")]
        possible += ["left", "backspace", "backspace"] if at else []
        possible += ["right", "delete"] if at < len(text) else []
        key = choice.choice(possible)
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
    has = field(app)
    return has.value if isinstance(has, Input) else has.document.get_line(has.cursor_location[0])


# The screens and keys that open a field.
FIELDS = {
    "find": ("takes", "/"),
    "palette": ("takes", ":"),
    "project": ("ingest", "n"),
    "footage": ("ingest", "+"),
    "recipe": ("deliver", "n"),
}


@pytest.mark.parametrize("name", FIELDS)
async def test_a_burst_of_mixed_keys_in_a_dialog_makes_the_text_that_was_typed(studio_folder: Path, name: str) -> None:
    mode, opens = FIELDS[name]
    async with opened(studio_folder, screen=mode, recipe="podcast") as (app, pilot):
        await press(app, pilot, opens)
        field(app).clear()
        keys, wanted = burst(200, seed=1)
        send(app, *keys)
        await settled(app, pilot)
        assert value(app) == wanted
        for typed, edits, more, wanted in FAULTS:
            field(app).clear()
            send(app, *typed, *edits, *more)
            await settled(app, pilot)
            assert value(app) == wanted


async def test_a_burst_of_mixed_keys_in_the_recipe_editor_makes_the_text_that_was_typed(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="deliver", recipe="podcast") as (app, pilot):
        await press(app, pilot, "n", "enter", "e")
        editor = field(app)
        editor.insert("\n\n", editor.document.end)
        editor.move_cursor(editor.document.end)
        keys, wanted = burst(200, seed=1)
        send(app, *keys)
        await settled(app, pilot)
        assert value(app) == wanted


async def test_keys_that_follow_the_one_that_opens_a_dialog_go_into_it(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="takes") as (app, pilot):
        keys, wanted = burst(40, 7)
        send(app, "slash", *keys)
        await settled(app, pilot)
        assert value(app) == wanted


async def test_keys_that_follow_the_one_that_closes_a_dialog_go_to_the_screen(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="takes") as (app, pilot):
        first = app.take
        await press(app, pilot, "/")
        send(app, *"abc", "escape", "j", "y")
        await settled(app, pilot)
        assert app.take is not None
        assert first is not None
        assert app.take.number == first.number + 1
        assert app.snapshot.reviews[app.take.id].verdict == "keep"


def test_a_burst_in_one_write_to_a_terminal_is_typed_in_order(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), (120, 40), own_state(tmp_path)) as terminal:
        terminal.until_shown("001")
        terminal.press("/")
        terminal.until_shown("Find words, takes, markers")
        for seed in range(2):
            keys, wanted = burst(200, seed)
            terminal.press("".join(EDITS[key][0] if key in EDITS else key for key in keys))
            terminal.until_shown(wanted)
            # The line shows the whole text and nothing more.
            line = next(line for line in terminal.look() if wanted in line)
            assert line.split(wanted)[1].strip(" │▌▐▕▏█") == ""
            # Empty it again.
            terminal.press("\x1b[F" + "\x7f" * len(wanted))
            terminal.until_shown("spoken words, take name or marker")
