"""Every key of every room, in an empty studio, an empty project and a full one: it is done, or refused with why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cwtui.console.actions import ACTIONS, ROOMS, Action
from cwtui.console.app import Console
from cwtui.console.keymap import keys_of
from engine.jobs import find_studio_process, stop_studio_process
from engine.studio import Studio

from .pilot import opened, until

HERE = [
    pytest.param(room, [one for one in ACTIONS if one.id != "quit" and (one.is_global or room in one.rooms)], id=room)
    for room in ROOMS
]


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    yield tmp_path / "studio"
    # One of the keys calls the studio process.
    if present := find_studio_process(tmp_path / "studio"):
        stop_studio_process(tmp_path / "studio", present)


@pytest.mark.parametrize(("room", "actions"), HERE)
async def test_no_key_does_harm_in_a_studio_with_nothing_in_it(empty: Path, room: str, actions: list[Action]) -> None:
    await assert_every_key_is_harmless(empty, room, actions)


@pytest.mark.parametrize(("room", "actions"), HERE)
async def test_no_key_does_harm_in_a_project_without_takes(empty: Path, room: str, actions: list[Action]) -> None:
    studio = Studio(empty)
    studio.new_project("Nothing yet")
    studio.close()
    await assert_every_key_is_harmless(empty, room, [action for action in actions if not action.is_global])


@pytest.mark.parametrize(("room", "actions"), HERE)
async def test_no_key_does_harm_where_there_is_something(desk: Path, room: str, actions: list[Action]) -> None:
    await assert_every_key_is_harmless(desk, room, actions)


async def assert_every_key_is_harmless(folder: Path, room: str, actions: list[Action]) -> None:
    said: list[tuple[str, str]] = []
    async with opened(folder, room=room) as (app, pilot):
        overheard(app, said)
        for action in actions:
            why = app.why_not(action.id)
            said.clear()
            await pilot.press(keys_of(action, {})[0])
            await until(pilot, app.quiet)
            assert app.is_running, action.id
            if why:
                assert (why, "refused") in said, f"{action.id} is refused without a word"
            while app.screen is not app.room:
                await pilot.press("escape")
            if app.room and room != app.room.ROOM:
                await app.go(room)
                await until(pilot, app.quiet)


def overheard(app: Console, said: list[tuple[str, str]]) -> None:
    """Listens to all that the console says."""
    say = app.say

    def say_and_note(text: str, kind: str = "done") -> None:
        said.append((text, kind))
        say(text, kind)

    app.say = say_and_note  # type: ignore[method-assign]
