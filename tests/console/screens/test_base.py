"""Keys that arrive faster than screens and dialogs open, and bytes that are not keys."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.widgets.status_lines import KeyHints

from ..pilot import key_hints, opened, own_state, settled
from ..terminal_pty import TerminalPty, console_command


async def test_the_keys_of_a_screen_are_drawn_while_the_next_one_is_furnished(studio_folder: Path) -> None:
    async with opened(studio_folder, screen="prompter") as (app, _):
        assert app.mode_screen
        keys = app.mode_screen.query_one(KeyHints)
        before = keys.render()
        entered = app.switch_mode("deliver")
        assert keys.render() == before
        await entered


async def test_who_leaves_while_a_screen_is_entered_leaves(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, _):
        app.exit(return_code=143)
        await app.open_screen("review")
    assert app.return_code == 143


async def test_a_question_is_answered_once_however_often_its_key_is_pressed(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        answers: list[str | None] = []
        question = TextPrompt("What is it called?")
        await app.push_screen(question, answers.append)
        question.dismiss("gulls")
        question.dismiss("gulls and more")
        await settled(app, pilot)
        assert answers == ["gulls"]
        assert app.screen is app.mode_screen


async def test_a_recipe_that_is_not_read_yet_is_not_opened(studio_folder: Path) -> None:
    async with opened(studio_folder) as (app, pilot):
        await app.open_screen("deliver")
        await app.action_dispatch("open")
        assert "loading" in key_hints(app)
        await settled(app, pilot)
        await app.action_dispatch("open")
        assert isinstance(app.screen, TextPrompt)


def test_bytes_that_are_no_text_are_no_keys(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), environment=own_state(tmp_path)) as terminal:
        terminal.until_shown("needs you")
        terminal.press(b"\xff\xe6\x1b[200~\xc3(\x1b[201~")
        terminal.press("J")
        terminal.until_shown("l log")
        terminal.press("q")
        assert terminal.wait() == 0
