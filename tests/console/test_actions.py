"""The registry: everything in it can be done, by one key each, and the page about it is true."""

from __future__ import annotations

import importlib.util
import shlex
from pathlib import Path

import pytest

import engine
from cwtui.console.actions import ACTIONS, BY_ID, EVERYWHERE, ROOMS, of_room
from cwtui.console.app import Console
from cwtui.console.dialogs.help import Help
from cwtui.console.keymap import clashes, keys_of, read_keymap
from cwtui.console.screens import SCREENS
from cwtui.console.widgets.row_list import RowList
from engine.errors import RequestError

from .pilot import opened, press

ROOT = Path(engine.__file__).resolve().parent.parent


def test_no_key_means_two_things_in_one_room() -> None:
    assert list(clashes({})) == []
    assert len(BY_ID) == len(ACTIONS)


@pytest.mark.parametrize("room", ROOMS)
def test_everything_of_a_room_can_be_done_there(room: str) -> None:
    screen = type(SCREENS[room]())
    for action in ACTIONS:
        if action.is_global or room in action.rooms:
            assert callable(getattr(screen, f"do_{action.id}", None) or getattr(Console, f"do_{action.id}", None)), (
                action.id
            )
    assert {binding.id for binding in screen.BINDINGS} == {action.id for action in of_room(room)}  # type: ignore[union-attr]


def test_actions_are_of_rooms_that_there_are() -> None:
    assert {room for action in ACTIONS for room in action.rooms} <= {*ROOMS, EVERYWHERE}


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
        ('[keys]\nkep = "a"', "no action “kep”"),
        ("[keys]\nkeep = 3", "keep takes a key"),
        ("keys = ", "cannot be read"),
        ('[keys]\nkeep = "bogus"', "keep: “bogus” is no key"),
        ('[keys]\nkeep = "Ctrl+K"', "is no key"),
        ('[keys]\nkeep = "ctrl+m"', "“⏎” is both"),
        ('[colours]\na = "b"', "one table, [keys]"),
    ],
)
def test_a_keymap_that_cannot_be_is_refused_by_name(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "keys.toml").write_text(text)
    with pytest.raises(RequestError) as refused:
        read_keymap(tmp_path / "keys.toml")
    assert says in refused.value.message
    assert "keys.toml" in refused.value.hint


async def test_keys_of_ones_own_do_what_the_others_did(desk: Path, tmp_path: Path) -> None:
    (tmp_path / "keys.toml").write_text('[keys]\nkeep = ["!", "f9"]\nstar = "y"\n')
    async with opened(desk, keymap=read_keymap(tmp_path / "keys.toml")) as (app, pilot):
        await press(app, pilot, "exclamation_mark", "y")
        assert app.take
        review = app.snapshot.review(app.take)
        assert (review.verdict, review.star) == ("keep", True)


@pytest.mark.parametrize("room", ROOMS)
async def test_help_lists_what_the_room_has_and_does_it(desk: Path, room: str) -> None:
    async with opened(desk, room=room) as (app, pilot):
        await press(app, pilot, "question_mark")
        assert isinstance(app.screen, Help)
        listed = app.screen.query_one(RowList).keys
        assert {key for key in listed if key in BY_ID} == {a.id for a in ACTIONS if a.is_global or room in a.rooms}
        await press(app, pilot, "escape")
        assert app.screen is app.room


async def test_the_palette_finds_an_action_by_its_words_and_does_it(desk: Path) -> None:
    async with opened(desk) as (app, pilot):
        await press(app, pilot, "ctrl+p", *"keep the take")
        await pilot.pause(0.3)
        await press(app, pilot, "enter")
        await pilot.pause(0.1)
        await press(app, pilot)
        assert app.take
        from .pilot import until

        await until(pilot, lambda: app.take and app.snapshot.review(app.take).verdict == "keep")


@pytest.mark.parametrize("room", ROOMS)
async def test_what_help_says_for_the_command_line_is_what_it_takes(desk: Path, room: str) -> None:
    from typer.main import get_command

    from cwtui.cli import app as cli

    commands = get_command(cli)
    async with opened(desk, room=room, recipe="podcast") as (app, pilot):
        await press(app, pilot)
        assert app.room
        for action in ACTIONS:
            if action.command and (action.is_global or room in action.rooms):
                program, name, *rest = shlex.split(app.room.filled(action.command))
                assert program == "cwtui"
                # Refuses what it does not know: options, too many words, too few.
                commands.commands[name].make_context(name, rest)  # type: ignore[attr-defined]


async def test_a_command_names_the_studio_where_another_is_the_usual_one(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CWTUI_STUDIO")
    async with opened(desk) as (app, _):
        assert app.room
        assert shlex.split(app.room.filled("cwtui keep {take}")) == ["cwtui", "--studio", str(desk), "keep", "1"]


async def test_a_command_for_what_cannot_be_done_is_not_copied(desk: Path) -> None:
    async with opened(desk) as (app, pilot):
        await press(app, pilot, "question_mark")
        app.screen.query_one(RowList).go("answer")
        await press(app, pilot, "y")
        assert app.clipboard == ""


async def test_help_copies_the_command_by_the_terminals_own_clipboard(desk: Path) -> None:
    async with opened(desk) as (app, pilot):
        await press(app, pilot, "question_mark")
        help_ = app.screen
        assert isinstance(help_, Help)
        help_.query_one(RowList).go("keep")
        await press(app, pilot, "y")
        assert app.clipboard == "cwtui keep 1"


def test_keys_in_the_registry_are_keys_that_terminals_send() -> None:
    """Nothing that tmux or an SSH client keeps for itself, or that needs a newer terminal protocol."""
    for action in ACTIONS:
        for key in keys_of(action, {}):
            assert not key.startswith(("ctrl+shift", "ctrl+enter", "alt", "super")), key
            assert key not in ("ctrl+a", "ctrl+c", "ctrl+z", "ctrl+q+s"), key
