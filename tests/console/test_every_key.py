"""Every key of every screen works or gives a reason: in an empty studio, an empty project and a project with takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from cwtui.console.actions import ACTIONS, MODE_NAMES, Action
from cwtui.console.app import ConsoleApp
from cwtui.console.keymap import keys_of
from engine.jobs import find_studio_process, stop_studio_process
from engine.studio import Studio

from .pilot import open_console, press, wait_until, wait_until_idle

# The global actions are tested in one screen.
ACTIONS_BY_MODE = {
    mode: [
        action
        for action in ACTIONS
        if action.id != "quit" and (mode == "takes" if action.is_global else mode in action.screens)
    ]
    for mode in MODE_NAMES
}


@pytest.fixture
def empty_studio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    Studio(tmp_path / "studio").close()
    yield tmp_path / "studio"
    # One of the keys starts the studio process.
    if process := find_studio_process(tmp_path / "studio"):
        stop_studio_process(tmp_path / "studio", process)


async def test_every_key_works_in_an_empty_studio(empty_studio: Path) -> None:
    async with open_console(empty_studio, screen="takes") as (app, pilot):
        for mode, actions in ACTIONS_BY_MODE.items():
            await app.open_screen(mode)
            await assert_keys_work_or_give_a_reason(app, pilot, mode, actions)


async def test_every_key_works_in_a_project_without_takes(empty_studio: Path) -> None:
    studio = Studio(empty_studio)
    studio.new_project("Nothing yet")
    studio.close()
    async with open_console(empty_studio, screen="takes") as (app, pilot):
        for mode, actions in ACTIONS_BY_MODE.items():
            await app.open_screen(mode)
            await assert_keys_work_or_give_a_reason(
                app, pilot, mode, [action for action in actions if not action.is_global]
            )


@pytest.mark.parametrize("mode", MODE_NAMES)
async def test_every_key_works_in_a_studio_with_takes(studio_folder: Path, mode: str) -> None:
    async with open_console(studio_folder, screen=mode) as (app, pilot):
        await assert_keys_work_or_give_a_reason(app, pilot, mode, ACTIONS_BY_MODE[mode])


async def assert_keys_work_or_give_a_reason(
    app: ConsoleApp, pilot: Pilot[None], mode: str, actions: list[Action]
) -> None:
    messages: list[tuple[str, str]] = []
    dispatched: list[str] = []
    await wait_until_idle(app, pilot)
    with pytest.MonkeyPatch.context() as patch:
        record_messages(app, messages, patch)
        record_dispatched(app, dispatched, patch)
        for action in actions:
            reason = app.disabled_reason(action.id)
            messages.clear()
            dispatched.clear()
            await press(app, pilot, keys_of(action, {})[0])
            assert app.is_running, action.id
            assert dispatched == [action.id], f"the key of {action.id} does something else in {mode}"
            if reason and action.silent:
                assert not messages, f"{action.id} has nothing to do in {mode}, and shows a message"
            elif reason:
                assert (reason, "refused") in messages, f"{action.id} is refused without a message in {mode}"
            assert not [text for text, _ in messages if text.startswith("Internal error")], action.id
            while app.screen is not app.mode_screen:
                await press(app, pilot, "escape")
            if app.mode_screen and mode != app.mode_screen.MODE:
                await app.open_screen(mode)
                await wait_until(pilot, app.idle)


def record_dispatched(app: ConsoleApp, dispatched: list[str], patch: pytest.MonkeyPatch) -> None:
    """Record the ids of the actions that keys run."""
    dispatch = app.action_dispatch

    async def record(action: str) -> None:
        dispatched.append(action)
        await dispatch(action)

    patch.setattr(app, "action_dispatch", record)


def record_messages(app: ConsoleApp, messages: list[tuple[str, str]], patch: pytest.MonkeyPatch) -> None:
    """Record all messages of the console."""
    show_message = app.show_message

    def record(text: str, kind: str = "done") -> None:
        messages.append((text, kind))
        show_message(text, kind)

    patch.setattr(app, "show_message", record)
