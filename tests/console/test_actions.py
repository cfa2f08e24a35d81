"""The action registry: every action exists, keys are unique, and docs/keys.md is up to date."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import re
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import engine
from cwtui.console.actions import ACTIONS, BY_ID, EARLIER_IDS, EVERYWHERE, LETTERS, MODE_NAMES, actions_of
from cwtui.console.app_actions import AppActions
from cwtui.console.dialogs.help import HelpDialog
from cwtui.console.keymap import key_conflicts, keys_of, read_keymap, with_keys
from cwtui.console.screens import SCREENS
from cwtui.console.screens.base import ModeScreen
from cwtui.console.widgets.row_list import RowList
from engine.errors import RequestError

from .pilot import key_hints, open_console, press, wait_until, wait_until_idle

ROOT = Path(engine.__file__).resolve().parent.parent


def test_keys_are_unique_in_each_screen() -> None:
    assert list(key_conflicts({})) == []
    assert len(BY_ID) == len(ACTIONS)


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_a_screen_implements_its_actions(mode: str) -> None:
    screen = SCREENS[mode]()
    assert isinstance(screen, ModeScreen)
    for action in ACTIONS:
        if action.is_global or mode in action.screens:
            name, arguments = action.method
            methods = [
                getattr(part, f"action_{name}") for part in screen.action_parts if hasattr(part, f"action_{name}")
            ]
            method = methods[0] if methods else partial(getattr(AppActions, f"action_{name}"), None)
            inspect.signature(method).bind(*arguments)
    assert {binding.id for binding in screen.BINDINGS} == {action.id for action in actions_of(mode)}  # type: ignore[union-attr]


def test_actions_name_existing_screens() -> None:
    assert {mode for action in ACTIONS for mode in action.screens} <= {*MODE_NAMES, EVERYWHERE}


def test_the_keys_page_matches_the_registry() -> None:
    spec = importlib.util.spec_from_file_location("keys_page", ROOT / "scripts" / "keys.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE.read_text(encoding="utf-8") == script.page(), "run make keys"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[keys]\nkeep = "x"\nretake = "x"', "“x” is both keep and retake in Takes"),
        ('[keys]\nkep = "a"', "keys.toml, line 2: there is no action “kep”"),
        ("[keys]\nkeep = 3", "keep takes a key"),
        ("keys = ", "missing value after keys = (line 1)"),
        ('[keys]\nkeep = "bogus"', "keep: “bogus” is not a key name"),
        ('[keys]\nkeep = "Ctrl+K"', "is not a key name"),
        ('[keys]\nkeep = "ctrl+m"\nopen = "enter"', "“⏎” is both"),
        ('[colours]\na = "b"', "one table, [keys]"),
        ('[keys]\nwake = "a"\nstart_studio = "b"', "wake is now start_studio; keep one of the two"),
    ],
)
def test_an_invalid_keymap_is_refused_with_a_reason(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "keys.toml").write_text(text)
    with pytest.raises(RequestError) as error:
        read_keymap(tmp_path / "keys.toml")
    assert message in error.value.message
    assert "keys.toml" in error.value.hint


def test_a_keymap_with_ids_of_earlier_versions_is_read(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\nword_forth = "f9"\nwake = ["W", "f8"]\nkeep = "f7"\n')
    assert read_keymap(tmp_path / "keys.toml") == {"next_word": "f9", "start_studio": "W,f8", "keep": "f7"}
    assert set(EARLIER_IDS.values()) <= set(BY_ID)
    assert not set(EARLIER_IDS) & set(BY_ID)


def test_sentences_name_keys_by_the_ids_of_actions() -> None:
    """A key in a sentence is an action's id in braces, which `with_keys` replaces by the user's key."""
    literal = re.compile(r"\b[Pp]ress (?:\S+, then )?(?:[A-Za-z+0-9]|esc|space|ctrl\+\w|f\d+)(?=[,. ]|$)")
    named = re.compile(r"(?:[Pp]ress|, then) \{(\w+)\}")
    found = set()
    for path in (ROOT / "cwtui" / "console").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not literal.search(node.value), f"{path.name}: {node.value}"
                found |= set(named.findall(node.value))
    assert "add" in found
    assert found <= set(BY_ID)
    assert with_keys("Press {add}, then {nothing}.", {"add": "f9,plus"}) == "Press f9, then {nothing}."


async def test_keys_of_the_user_are_taken_from_other_actions(studio_folder: Path, tmp_path: Path) -> None:
    """A keymap that is older than an action may use its key."""
    (tmp_path / "keys.toml").write_text('[keys]\nstar = ["v", "+"]\ntheme = "A"\nsort = []\n')
    keymap = read_keymap(tmp_path / "keys.toml")
    assert list(key_conflicts(keymap)) == []
    taken = ["select_range", "compare", "toggle_advance", "select_words"]
    assert [keys_of(BY_ID[action], keymap) for action in (*taken, "sort")] == [[], [], [], [], []]
    assert keys_of(BY_ID["add"], keymap) == ["equals_sign"]
    assert with_keys("Press {add}, {compare}.", keymap) == "Press =, :compare."
    async with open_console(studio_folder, keymap=keymap, screen="takes") as (app, pilot):
        taken_keys = "gives the keys of these actions to others: select_range, toggle_advance, compare and 1 more."
        assert taken_keys in key_hints(app)
        theme = app.theme
        await press(app, pilot, "v", "A")
        assert app.take
        assert app.snapshot.review(app.take).star
        assert (app.session.selected, app.session.advance) == ((), False)
        assert app.theme != theme
        await press(app, pilot, "colon")
        await pilot.press(*"select_range")
        await wait_until_idle(app, pilot)
        assert app.screen.query_one(RowList).cursor == "action select_range"


async def test_custom_keys_run_their_actions(studio_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\nkeep = ["!", "f9"]\nstar = "y"\n')
    async with open_console(studio_folder, keymap=read_keymap(tmp_path / "keys.toml")) as (app, pilot):
        await press(app, pilot, "exclamation_mark", "y")
        assert app.take
        review = app.snapshot.review(app.take)
        assert (review.verdict, review.star) == ("keep", True)


async def test_help_lists_the_actions_of_its_screen(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        for mode in MODE_NAMES:
            await press(app, pilot, LETTERS[mode], "question_mark")
            assert isinstance(app.screen, HelpDialog)
            listed = {key for key in app.screen.query_one(RowList).keys if key in BY_ID}
            assert listed == {action.id for action in ACTIONS if action.is_global or mode in action.screens}, mode
            await press(app, pilot, "escape")
            assert app.screen is app.mode_screen


async def test_the_palette_finds_and_runs_an_action(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"keep the take")
        assert app.screen.query_one(RowList).cursor == "action keep"
        await press(app, pilot, "enter")
        assert app.take
        await wait_until(pilot, lambda: app.take and app.snapshot.review(app.take).verdict == "keep")


async def test_command_lines_in_help_are_valid(studio_folder: Path) -> None:
    async with open_console(studio_folder, recipe="podcast") as (app, pilot):
        for mode in MODE_NAMES:
            await press(app, pilot, LETTERS[mode])
            assert app.mode_screen
            assert mode == app.mode_screen.MODE
            for action in ACTIONS:
                if action.command and (action.is_global or mode in action.screens):
                    assert_command_is_valid(app.mode_screen.command_line(action.command))


def assert_command_is_valid(line: str) -> None:
    """A command line has an existing command, its options and its number of arguments."""
    from typer.main import get_command

    from cwtui.cli import app as cli

    program, *rest = shlex.split(line)
    assert program == "cwtui"
    command: Any = get_command(cli)
    while rest and hasattr(command, "commands"):
        name, *rest = rest
        command = command.commands[name]
    # Raises for unknown options and a wrong number of arguments.
    command.make_context(name, rest)


async def test_the_command_of_a_disabled_action_is_not_copied(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "question_mark")
        app.screen.query_one(RowList).move_to("answer")
        await press(app, pilot, "y")
        assert app.clipboard == ""


async def test_help_copies_a_command_to_the_terminal_clipboard(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await press(app, pilot, "question_mark")
        help_ = app.screen
        assert isinstance(help_, HelpDialog)
        help_.query_one(RowList).move_to("keep")
        await press(app, pilot, "y")
        assert app.clipboard == "cwtui keep 1"


async def test_help_closes_by_the_keys_that_open_it(studio_folder: Path) -> None:
    async with open_console(studio_folder, keymap={"help": "f1", "quit": "ctrl+q"}) as (app, pilot):
        for closes in ("f1", "escape", "ctrl+q"):
            await press(app, pilot, "f1")
            assert isinstance(app.screen, HelpDialog)
            await press(app, pilot, "question_mark", "q")
            assert isinstance(app.screen, HelpDialog)
            await press(app, pilot, closes)
            assert app.screen is app.mode_screen


def test_registered_keys_are_sent_by_all_terminals() -> None:
    """No key is reserved by tmux or SSH clients or needs a newer terminal protocol."""
    for action in ACTIONS:
        for key in keys_of(action, {}):
            assert not key.startswith(("ctrl+shift", "ctrl+enter", "alt", "super")), key
            assert key not in ("ctrl+a", "ctrl+c", "ctrl+z", "ctrl+q+s"), key
