"""Every key of every screen, in an empty studio, an empty project and a full one: it works or gives a reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cwtui.console.actions import ACTIONS, MODE_NAMES, Action
from cwtui.console.app import ConsoleApp
from cwtui.console.keymap import keys_of
from engine.jobs import find_studio_process, stop_studio_process
from engine.studio import Studio

from .pilot import opened, until

# The global actions are tested in one screen.
HERE = [
    pytest.param(
        mode,
        [one for one in ACTIONS if one.id != "quit" and (mode == "takes" if one.is_global else mode in one.screens)],
        id=mode,
    )
    for mode in MODE_NAMES
]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield tmp_path / "studio"
    # One of the keys starts the studio process.
    if present := find_studio_process(tmp_path / "studio"):
        stop_studio_process(tmp_path / "studio", present)


@pytest.mark.parametrize(("mode", "actions"), HERE)
async def test_no_key_does_harm_in_a_studio_with_nothing_in_it(empty: Path, mode: str, actions: list[Action]) -> None:
    await assert_every_key_is_harmless(empty, mode, actions)


@pytest.mark.parametrize(("mode", "actions"), HERE)
async def test_no_key_does_harm_in_a_project_without_takes(empty: Path, mode: str, actions: list[Action]) -> None:
    studio = Studio(empty)
    studio.new_project("Nothing yet")
    studio.close()
    await assert_every_key_is_harmless(empty, mode, [action for action in actions if not action.is_global])


@pytest.mark.parametrize(("mode", "actions"), HERE)
async def test_no_key_does_harm_where_there_is_something(studio_folder: Path, mode: str, actions: list[Action]) -> None:
    await assert_every_key_is_harmless(studio_folder, mode, actions)


async def assert_every_key_is_harmless(folder: Path, mode: str, actions: list[Action]) -> None:
    said: list[tuple[str, str]] = []
    dispatched: list[str] = []
    async with opened(folder, screen=mode) as (app, pilot):
        overheard(app, said)
        record_dispatched(app, dispatched)
        for action in actions:
            why = app.disabled_reason(action.id)
            said.clear()
            dispatched.clear()
            await pilot.press(keys_of(action, {})[0])
            await until(pilot, app.idle)
            assert app.is_running, action.id
            assert dispatched == [action.id], f"the key of {action.id} does something else"
            if why:
                assert (why, "refused") in said, f"{action.id} is refused without a word"
            assert not [text for text, _ in said if text.startswith("Internal error")], action.id
            while app.screen is not app.mode_screen:
                await pilot.press("escape")
            if app.mode_screen and mode != app.mode_screen.MODE:
                await app.open_screen(mode)
                await until(pilot, app.idle)


def record_dispatched(app: ConsoleApp, dispatched: list[str]) -> None:
    """Record the ids of the actions that keys run."""
    dispatch = app.action_dispatch

    async def record(action: str) -> None:
        dispatched.append(action)
        await dispatch(action)

    app.action_dispatch = record  # type: ignore[method-assign]


def overheard(app: ConsoleApp, said: list[tuple[str, str]]) -> None:
    """Record all messages of the console."""
    say = app.show_message

    def say_and_note(text: str, kind: str = "done") -> None:
        said.append((text, kind))
        say(text, kind)

    app.show_message = say_and_note  # type: ignore[method-assign]
