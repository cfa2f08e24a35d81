"""Keys that arrive faster than screens and dialogs open, and bytes that are not keys."""

from __future__ import annotations

from pathlib import Path

from cwtui.console.dialogs.prompts import TextPrompt
from cwtui.console.widgets.status_lines import KeyHints

from ..pilot import isolated_environment, key_hints, open_console, wait_until_idle
from ..terminal_pty import TerminalPty, console_command


async def test_key_hints_are_unchanged_while_the_next_screen_opens(studio_folder: Path) -> None:
    async with open_console(studio_folder, screen="prompter") as (app, _):
        assert app.mode_screen
        keys = app.mode_screen.query_one(KeyHints)
        before = keys.render()
        switch = app.switch_mode("deliver")
        assert keys.render() == before
        await switch


async def test_an_exit_while_a_screen_opens_takes_effect(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, _):
        app.exit(return_code=143)
        await app.open_screen("review")
    assert app.return_code == 143


async def test_a_prompt_returns_only_its_first_answer(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        answers: list[str | None] = []
        question = TextPrompt("What is it called?")
        await app.push_screen(question, answers.append)
        question.dismiss("gulls")
        question.dismiss("gulls and more")
        await wait_until_idle(app, pilot)
        assert answers == ["gulls"]
        assert app.screen is app.mode_screen


async def test_a_recipe_is_not_opened_before_it_is_loaded(studio_folder: Path) -> None:
    async with open_console(studio_folder) as (app, pilot):
        await app.open_screen("deliver")
        await app.action_dispatch("open")
        assert "loading" in key_hints(app)
        await wait_until_idle(app, pilot)
        await app.action_dispatch("open")
        assert isinstance(app.screen, TextPrompt)


def test_invalid_utf_8_input_is_ignored(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), environment=isolated_environment(tmp_path)) as terminal:
        terminal.until_shown("needs you")
        # Also in a paste, which opens no dialog because it is no path.
        terminal.press(b"\xff\xe6\x1b[200~\xc3(\x1b[201~")
        terminal.press("J")
        terminal.until_shown("l log")
        terminal.press("q")
        assert terminal.wait() == 0
