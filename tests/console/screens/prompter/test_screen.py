"""Prompter: an unsaved script is restored after any kind of exit."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from cwtui.console.actions import BY_ID
from cwtui.console.documents.drafts import read_draft
from cwtui.console.screens.prompter.screen import PrompterScreen
from cwtui.console.screens.prompter.script_view import PrompterFooter, ScriptView
from cwtui.console.session import Session, write_session
from engine.atomic_files import write_atomic

from ....sound.dialog.voices import LINES as SPOKEN
from ....sound.dialog.voices import RATE, recording, voice
from ...pilot import isolated_environment, key_hints, open_console, press, wait_until, wait_until_idle
from ...terminal_pty import TerminalPty, console_command


def script_of(folder: Path) -> Path:
    return folder / "harbour-walk" / "script.txt"


def prompter_screen(app: object) -> PrompterScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, PrompterScreen)
    return screen


async def test_an_unsaved_script_is_restored_and_saved(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e")
        await pilot.press(*"Right, so", "ctrl+q")
    assert not path.exists()
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        screen = prompter_screen(app)
        assert "not saved: e continues" in screen.query_one(PrompterFooter).render().plain
        await press(app, pilot, "e")
        assert screen.editor.text == "Right, so"
        screen.editor.move_cursor(screen.editor.document.end)
        await press(app, pilot, *" it is.", "ctrl+s")
        assert path.read_text() == "Right, so it is."
        assert read_draft(path) is None
        await press(app, pilot, "escape")
        assert not screen.unsaved


async def test_a_draft_equal_to_the_saved_script_is_removed(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    write_atomic(path, b"Right.")
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e", "x")
        assert read_draft(path)
        await press(app, pilot, "backspace", "escape")
        assert read_draft(path) is None
        assert not prompter_screen(app).unsaved


async def test_saving_over_a_changed_script_needs_confirmation(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    write_atomic(path, b"Right.")
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e", "x", "escape", "q")
    write_atomic(path, b"Wrong, all of it.")
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "e", "ctrl+s")
        assert "was changed by another program" in key_hints(app)
        assert path.read_text() == "Wrong, all of it."
        await press(app, pilot, "ctrl+s")
        assert "x" in path.read_text()


async def test_a_script_changed_elsewhere_is_reloaded(studio_folder: Path) -> None:
    path = script_of(studio_folder)
    write_atomic(path, b"Right.")
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        screen = prompter_screen(app)
        await press(app, pilot, "e")
        write_atomic(path, b"Right, so this is it.")
        await wait_until(pilot, lambda: screen.editor.text == "Right, so this is it.")
        await press(app, pilot, "escape")
        assert not screen.unsaved
        await wait_until_idle(app, pilot)


def test_a_hang_up_keeps_typed_text_as_a_draft(studio_folder: Path, tmp_path: Path) -> None:
    write_session(studio_folder, Session(screen="prompter"))
    no_images = {"CWTUI_PICTURES": "text"}
    with TerminalPty(
        console_command(studio_folder), (120, 40), isolated_environment(tmp_path), extra=no_images
    ) as terminal:
        terminal.until_shown("Press e to write one")
        terminal.press("e")
        terminal.until_shown("script.txt")
        terminal.press("Right, so this")
        terminal.until_shown("Right, so this")
        terminal.process.send_signal(signal.SIGHUP)
        terminal.wait()
    draft = read_draft(script_of(studio_folder))
    assert draft
    assert draft.text == "Right, so this"


def test_editor_actions_have_titles_that_fit_a_script() -> None:
    assert "recipe" not in BY_ID["edit"].title
    assert "list" not in BY_ID["leave"].title


async def test_a_retake_cue_is_undone_and_redone(studio_folder: Path) -> None:
    write_atomic(script_of(studio_folder), b"Right, so this is the harbour. It is flat.")
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        await press(app, pilot, "x")
        (cue,) = app.snapshot.cues
        assert cue.line == "Right, so this is the harbour."
        await press(app, pilot, "z")
        assert not app.snapshot.cues
        await press(app, pilot, "Z")
        assert app.snapshot.cues == (cue,)


SCRIPT = b"Right, so this is the harbour at six in the morning, and the water is flat.\n\nYou can hear the gulls."


def shown(screen: PrompterScreen) -> list[str]:
    view = screen.query_one(ScriptView)
    return ["".join(part.text for part in view.render_line(y)) for y in range(view.size.height)]


async def test_lines_fill_the_width_after_an_edit_and_a_resize(studio_folder: Path) -> None:
    write_atomic(script_of(studio_folder), SCRIPT)
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        screen = prompter_screen(app)
        before = [line.text for line in screen.pacer.lines]
        assert max(map(len, before)) > 50
        await press(app, pilot, "e")
        screen.editor.move_cursor(screen.editor.document.end)
        await press(app, pilot, *" Ah.", "ctrl+s", "escape")
        await wait_until(pilot, lambda: [line.text for line in screen.pacer.lines][:1] == before[:1])
        assert screen.pacer.lines[-1].text.endswith("gulls. Ah.")
        await pilot.resize_terminal(80, 24)
        await wait_until(pilot, lambda: screen.pacer.width == screen.query_one(ScriptView).column(False))
        assert max(len(line.text) for line in screen.pacer.lines) <= 48


async def test_large_type_is_wrapped_by_its_widths_and_mirrored_by_its_glyphs(studio_folder: Path) -> None:
    write_atomic(script_of(studio_folder), SCRIPT)
    async with open_console(studio_folder, screen="prompter", prompter_size=2) as (app, pilot):
        screen = prompter_screen(app)
        await wait_until_idle(app, pilot)
        large_type = screen.type_size.large_type
        assert large_type
        assert large_type.rows == 7
        width = screen.query_one(ScriptView).column(True)
        lines = [line.text for line in screen.pacer.lines]
        assert len(lines) > 3
        assert all(large_type.width(line) <= width for line in lines)
        first = [row for row in shown(screen) if "█" in row]
        await press(app, pilot, "m")
        # A row is the mirror image of the same row before.
        flipped = str.maketrans("▘▝▖▗▌▐▛▜▙▟▚▞▸", "▝▘▗▖▐▌▜▛▟▙▞▚◂")
        assert [row for row in shown(screen) if "█" in row][2] == first[2][::-1].translate(flipped)
        assert "mirrored" in screen.query_one(PrompterFooter).render().plain
        await press(app, pilot, "right_square_bracket", "right_square_bracket", "right_square_bracket")
        assert "This is the largest type." in key_hints(app)
        assert app.session.prompter_size == 4
        await press(app, pilot, "m", *["left_square_bracket"] * 4)
        assert screen.type_size.large_type is None


async def test_large_type_moves_by_rows(studio_folder: Path) -> None:
    write_atomic(script_of(studio_folder), SCRIPT)
    async with open_console(studio_folder, screen="prompter", prompter_size=1) as (app, pilot):
        screen = prompter_screen(app)
        await wait_until_idle(app, pilot)
        before = shown(screen)
        screen.pacer.line_fraction = 0.5
        screen.redraw()
        await pilot.pause()
        # Half of a line of five rows and its gap are three rows.
        assert shown(screen)[:20] == before[3:23]


async def test_the_script_follows_the_voice(
    studio_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = f"Good morning to all of you. {SPOKEN[0]} {SPOKEN[1]} And that is all for today, see you tomorrow."
    write_atomic(script_of(studio_folder), script.encode())
    monkeypatch.setenv("CWTUI_MICROPHONE", str(recording(tmp_path / "voice.wav", voice()[: 3 * RATE])))
    async with open_console(studio_folder, screen="prompter") as (app, pilot):
        screen = prompter_screen(app)
        footer = screen.query_one(PrompterFooter)
        footers: list[str] = []
        screen.watch(footer, "data", lambda: footers.append(footer.render().plain))
        assert "microphone" not in footers[-1]
        await pilot.press("v")
        # The microphone is off at the end of its file, which a fast machine reads before the next look at the footer.
        await wait_until(pilot, lambda: not screen.voice.on)
        assert any("● microphone on" in text for text in footers)
        assert script.index("sells sea") < screen.pacer.offset <= script.index("for sure")
        assert "microphone" not in footer.render().plain
        app.link.remote = True
        await press(app, pilot, "v")
        assert "Over SSH" in key_hints(app)
