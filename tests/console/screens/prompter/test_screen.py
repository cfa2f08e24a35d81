"""Prompter: an unsaved script is restored, however the console was left."""

from __future__ import annotations

import signal
from pathlib import Path

from cwtui.console.actions import BY_ID
from cwtui.console.documents.drafts import read_draft
from cwtui.console.screens.prompter.screen import PrompterScreen
from cwtui.console.screens.prompter.script_view import PrompterFooter
from cwtui.console.session import Session, write_session
from engine.atomic_files import write_atomic

from ...pilot import key_hints, opened, own_state, press, settled, until
from ...terminal_pty import TerminalPty, console_command


def script_of(folder: Path) -> Path:
    return folder / "harbour-walk" / "script.txt"


def the_prompter(app: object) -> PrompterScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, PrompterScreen)
    return screen


async def test_a_script_that_was_not_saved_is_there_again_and_saved_from_there(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e")
        await pilot.press(*"Right, so", "ctrl+q")
    assert not path.exists()
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        screen = the_prompter(app)
        assert "not saved: e continues" in screen.query_one(PrompterFooter).render().plain
        await press(app, pilot, "e")
        assert screen.editor.text == "Right, so"
        screen.editor.move_cursor(screen.editor.document.end)
        await press(app, pilot, *" it is.", "ctrl+s")
        assert path.read_text() == "Right, so it is."
        assert read_draft(path) is None
        await press(app, pilot, "escape")
        assert not screen.unsaved


async def test_a_draft_goes_when_it_says_what_is_saved(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    write_atomic(path, b"Right.")
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e", "x")
        assert read_draft(path)
        await press(app, pilot, "backspace", "escape")
        assert read_draft(path) is None
        assert not the_prompter(app).unsaved


async def test_a_draft_is_held_against_the_script_that_it_was_begun_from(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    write_atomic(path, b"Right.")
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e", "x", "escape", "q")
    write_atomic(path, b"Wrong, all of it.")
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e", "ctrl+s")
        assert "was changed by another program" in key_hints(app)
        assert path.read_text() == "Wrong, all of it."
        await press(app, pilot, "ctrl+s")
        assert "x" in path.read_text()


async def test_a_script_that_is_written_elsewhere_is_gone_on_with_where_nothing_was_typed(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    write_atomic(path, b"Right.")
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        screen = the_prompter(app)
        await press(app, pilot, "e")
        write_atomic(path, b"Right, so this is it.")
        await until(pilot, lambda: screen.editor.text == "Right, so this is it.")
        await press(app, pilot, "escape")
        assert not screen.unsaved
        await settled(app, pilot)


def test_a_line_that_drops_loses_nothing_that_was_typed(studio_folder: Path, tmp_path: Path) -> None:
    write_session(studio_folder, Session(screen="prompter"))
    words = {"CWTUI_PICTURES": "text"}
    with TerminalPty(console_command(studio_folder), (120, 40), own_state(tmp_path), more=words) as terminal:
        terminal.until_shown("Press e to write one")
        terminal.press("e")
        terminal.until_shown("ctrl+s Save")
        terminal.press("Right, so this")
        terminal.until_shown("Right, so this")
        terminal.process.send_signal(signal.SIGHUP)
        terminal.wait()
    draft = read_draft(script_of(studio_folder))
    assert draft
    assert draft.text == "Right, so this"


def test_help_speaks_of_a_text_where_it_may_be_a_script() -> None:
    assert "recipe" not in BY_ID["edit"].title
    assert "list" not in BY_ID["leave"].title


async def test_a_retake_called_out_by_mistake_is_taken_back(studio_folder: Path) -> None:
    write_atomic(script_of(studio_folder), b"Right, so this is the harbour. It is flat.")
    async with opened(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "x")
        (cue,) = app.snapshot.cues
        assert cue.line == "Right, so this is the harbour."
        await press(app, pilot, "z")
        assert not app.snapshot.cues
        await press(app, pilot, "Z")
        assert app.snapshot.cues == (cue,)
