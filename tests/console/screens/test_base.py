"""Keys that come faster than rooms and questions: between two, on the way in and out, and some that are no keys."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.dialogs.prompts import Write
from cwtui.console.widgets.status_lines import Keys

from ..pilot import in_a_state_of_its_own, keys_line, opened, settled
from ..terminal_pty import TerminalPty, console_command


async def test_the_keys_of_a_room_are_drawn_while_the_next_one_is_furnished(desk: Path) -> None:
    async with opened(desk, room="prompter") as (app, _):
        assert app.room
        keys = app.room.query_one(Keys)
        before = keys.render()
        entered = app.switch_mode("deliver")
        assert keys.render() == before
        await entered


async def test_who_leaves_while_a_room_is_entered_leaves(desk: Path) -> None:
    async with opened(desk) as (app, _):
        app.exit(return_code=143)
        await app.go("review")
    assert app.return_code == 143


async def test_a_question_is_answered_once_however_often_its_key_is_pressed(desk: Path) -> None:
    async with opened(desk) as (app, pilot):
        answers: list[str | None] = []
        question = Write("What is it called?")
        await app.push_screen(question, answers.append)
        question.dismiss("gulls")
        question.dismiss("gulls and more")
        await settled(app, pilot)
        assert answers == ["gulls"]
        assert app.screen is app.room


async def test_a_recipe_that_is_not_read_yet_is_not_opened(desk: Path) -> None:
    async with opened(desk) as (app, pilot):
        await app.go("deliver")
        await app.action_act("open")
        assert "being read" in keys_line(app)
        await settled(app, pilot)
        await app.action_act("open")
        assert isinstance(app.screen, Write)


def test_bytes_that_are_no_text_are_no_keys(desk: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(desk), environment=in_a_state_of_its_own(tmp_path)) as terminal:
        terminal.until_shown("needs you")
        terminal.press(b"\xff\xe6\x1b[200~\xc3(\x1b[201~")
        terminal.press("J")
        terminal.until_shown("l log")
        terminal.press("q")
        assert terminal.wait() == 0
