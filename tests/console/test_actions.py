"""The action registry: every action exists, keys are unique, and docs/keys.md is up to date."""

from __future__ import annotations

import importlib.util
import inspect
import shlex
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from textual.command import CommandList

import engine
from cwtui.console.actions import ACTIONS, BY_ID, EARLIER_IDS, EVERYWHERE, MODE_NAMES, actions_of
from cwtui.console.app_actions import AppActions
from cwtui.console.dialogs.help import HelpDialog
from cwtui.console.keymap import key_conflicts, keys_of, read_keymap
from cwtui.console.screens import SCREENS
from cwtui.console.screens.base import ModeScreen
from cwtui.console.widgets.row_list import RowList
from engine.errors import RequestError

from .pilot import opened, press, until

ROOT = Path(engine.__file__).resolve().parent.parent


def test_no_key_means_two_things_in_one_screen() -> None:
    assert list(key_conflicts({})) == []
    assert len(BY_ID) == len(ACTIONS)


@pytest.mark.parametrize("mode", MODE_NAMES)
def test_everything_of_a_screen_can_be_done_there(mode: str) -> None:
    screen = SCREENS[mode]()
    assert isinstance(screen, ModeScreen)
    for action in ACTIONS:
        if action.is_global or mode in action.screens:
            name, arguments = action.method
            own = [getattr(part, f"action_{name}") for part in screen.action_parts if hasattr(part, f"action_{name}")]
            method = own[0] if own else partial(getattr(AppActions, f"action_{name}"), None)
            inspect.signature(method).bind(*arguments)
    assert {binding.id for binding in screen.BINDINGS} == {action.id for action in actions_of(mode)}  # type: ignore[union-attr]


def test_actions_are_of_screens_that_there_are() -> None:
    assert {mode for action in ACTIONS for mode in action.screens} <= {*MODE_NAMES, EVERYWHERE}


def test_the_page_of_keys_is_the_registrys() -> None:
    spec = importlib.util.spec_from_file_location("keys_page", ROOT / "scripts" / "keys.py")
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    assert script.PAGE.read_text(encoding="utf-8") == script.page(), "run make keys"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[keys]\nkeep = "x"', "“x” is both keep and retake in Takes"),
        ('[keys]\nkep = "a"', "keys.toml, line 2: there is no action “kep”"),
        ("[keys]\nkeep = 3", "keep takes a key"),
        ("keys = ", "line 1: the value is missing"),
        ('[keys]\nkeep = "bogus"', "keep: “bogus” is not a key name"),
        ('[keys]\nkeep = "Ctrl+K"', "is not a key name"),
        ('[keys]\nkeep = "ctrl+m"', "“⏎” is both"),
        ('[colours]\na = "b"', "one table, [keys]"),
        ('[keys]\nwake = "a"\nstart_studio = "b"', "wake is now start_studio; keep one of the two"),
    ],
)
def test_a_keymap_that_cannot_be_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "keys.toml").write_text(text)
    with pytest.raises(RequestError) as refused:
        read_keymap(tmp_path / "keys.toml")
    assert says in refused.value.message
    assert "keys.toml" in refused.value.hint


def test_a_keymap_with_ids_of_earlier_versions_is_read(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\nword_forth = "f9"\nwake = ["W", "f8"]\nkeep = "f7"\n')
    assert read_keymap(tmp_path / "keys.toml") == {"next_word": "f9", "start_studio": "W,f8", "keep": "f7"}
    assert set(EARLIER_IDS.values()) <= set(BY_ID)
    assert not set(EARLIER_IDS) & set(BY_ID)


async def test_keys_of_ones_own_do_what_the_others_did(studio_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\nkeep = ["!", "f9"]\nstar = "y"\n')
    async with opened(studio_folder, keymap=read_keymap(tmp_path / "keys.toml")) as (app, pilot):
        await press(app, pilot, "exclamation_mark", "y")
        assert app.take
        review = app.snapshot.review(app.take)
        assert (review.verdict, review.star) == ("keep", True)


@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_help_lists_what_the_screen_has_and_does_it(studio_folder: Path, mode: str) -> None:
    async with opened(studio_folder, screen=mode) as (app, pilot):
        await press(app, pilot, "question_mark")
        assert isinstance(app.screen, HelpDialog)
        listed = app.screen.query_one(RowList).keys
        assert {key for key in listed if key in BY_ID} == {a.id for a in ACTIONS if a.is_global or mode in a.screens}
        await press(app, pilot, "escape")
        assert app.screen is app.mode_screen


async def test_the_palette_finds_an_action_by_its_words_and_does_it(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"keep the take")
        hits = app.screen.query_one(CommandList)
        await until(pilot, lambda: hits.option_count and "Keep the take" in str(hits.get_option_at_index(0).prompt))
        await press(app, pilot, "enter")
        assert app.take
        await until(pilot, lambda: app.take and app.snapshot.review(app.take).verdict == "keep")


@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_what_help_says_for_the_command_line_is_what_it_takes(studio_folder: Path, mode: str) -> None:
    from typer.main import get_command

    from cwtui.cli import app as cli

    async with opened(studio_folder, screen=mode, recipe="podcast") as (app, pilot):
        await press(app, pilot)
        assert app.mode_screen
        for action in ACTIONS:
            if action.command and (action.is_global or mode in action.screens):
                program, *rest = shlex.split(app.mode_screen.command_line(action.command))
                assert program == "cwtui"
                command: Any = get_command(cli)
                while rest and hasattr(command, "commands"):
                    name, *rest = rest
                    command = command.commands[name]
                # Raises for unknown options and a wrong number of arguments.
                command.make_context(name, rest)


async def test_a_command_for_what_cannot_be_done_is_not_copied(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "question_mark")
        app.screen.query_one(RowList).move_to("answer")
        await press(app, pilot, "y")
        assert app.clipboard == ""


async def test_help_copies_the_command_by_the_terminals_own_clipboard(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await press(app, pilot, "question_mark")
        help_ = app.screen
        assert isinstance(help_, HelpDialog)
        help_.query_one(RowList).move_to("keep")
        await press(app, pilot, "y")
        assert app.clipboard == "cwtui keep 1"


def test_keys_in_the_registry_are_keys_that_terminals_send() -> None:
    """No key is reserved by tmux or SSH clients or needs a newer terminal protocol."""
    for action in ACTIONS:
        for key in keys_of(action, {}):
            assert not key.startswith(("ctrl+shift", "ctrl+enter", "alt", "super")), key
            assert key not in ("ctrl+a", "ctrl+c", "ctrl+z", "ctrl+q+s"), key
