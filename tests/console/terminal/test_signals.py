"""Exit on signals, a hang-up or a stalled terminal: terminal settings and session are kept."""

from __future__ import annotations

import os
import re
import shlex
import signal
import termios
from pathlib import Path

import psutil
import pytest

from cwtui.console.session import read_session
from engine.jobs import find_studio_process

from ..pilot import own_state
from ..terminal_pty import TerminalPty, console_command

# Prints the terminal settings before and after and the console's exit code, then reads a line.
SHELL = 'stty -g; {console}; echo "left with $?"; stty -g; read -r line; echo "the shell heard $line"'
# Modes that a full-screen program enables, and modes that it disables.
DRAWS = {"1049": "another screen", "1000": "clicks", "1003": "moves", "1006": "clicks anywhere", "2004": "pastes",
         "1004": "focus", "2048": "sizes"}  # fmt: skip
SHOWS = {"25": "the cursor", "7": "long lines"}


def in_a_shell(folder: Path, home: Path) -> TerminalPty:
    script = SHELL.format(console=shlex.join(console_command(folder)))
    return TerminalPty(["sh", "-c", script], environment=own_state(home))


def console_in(terminal: TerminalPty) -> psutil.Process:
    (console,) = psutil.Process(terminal.process.pid).children()
    return console


def modes(sent: bytes) -> dict[str, bool]:
    """The last state of each mode by its number: True for set, False for reset."""
    return {number.decode(): on == b"h" for number, on in re.findall(rb"\x1b\[\?(\d+)([hl])", sent)}


def assert_the_terminal_is_as_it_was(terminal: TerminalPty) -> None:
    sent = terminal.since(0)
    assert [what for mode, what in DRAWS.items() if modes(sent).get(mode)] == []
    assert [what for mode, what in SHOWS.items() if not modes(sent).get(mode, True)] == []
    assert len(re.findall(rb"\x1b\[>\d+u", sent)) == sent.count(b"\x1b[<u"), "the keyboard's protocol is still on"
    settings = re.findall(rb"[0-9a-f]+(?::[0-9a-f]+){10,}", sent)
    assert len(settings) == 2
    assert settings[0] == settings[1]
    assert b"Traceback" not in sent


@pytest.mark.parametrize(
    ("how", "code"),
    [
        pytest.param("q", 0, id="q"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, id="SIGHUP"),
        pytest.param(signal.SIGINT, 1, id="SIGINT"),
    ],
)
def test_the_shell_gets_its_terminal_back_and_the_place_is_kept(
    studio_folder: Path, tmp_path: Path, how: str | signal.Signals, code: int
) -> None:
    with in_a_shell(studio_folder, tmp_path) as terminal:
        terminal.until_shown("needs you")
        terminal.press("R")
        terminal.until_true(lambda: read_session(studio_folder).screen == "review", "the place is not written")
        console = console_in(terminal)
        if isinstance(how, str):
            terminal.press(how)
        else:
            console.send_signal(how)
        terminal.until_shown(f"left with {code}")
        terminal.press("hello\n")
        terminal.until_shown("the shell heard hello")
        assert terminal.wait() == 0
        assert not console.is_running()
        assert_the_terminal_is_as_it_was(terminal)
        assert read_session(studio_folder).screen == "review"


@pytest.mark.parametrize(("how", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_who_is_told_to_leave_as_the_first_thing_is_drawn_leaves_the_terminal_as_it_was(
    studio_folder: Path, tmp_path: Path, how: signal.Signals, code: int
) -> None:
    with in_a_shell(studio_folder, tmp_path) as terminal:
        terminal.until(rb"\x1b\[\?1049h")
        console_in(terminal).send_signal(how)
        terminal.until_shown(f"left with {code}")
        terminal.press("hello\n")
        assert terminal.wait() == 0
        assert_the_terminal_is_as_it_was(terminal)


def test_control_c_says_how_one_leaves(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), environment=own_state(tmp_path)) as terminal:
        terminal.until_shown("needs you")
        terminal.press("\x03")
        terminal.until_shown("q quits; jobs keep")
        assert terminal.process.poll() is None


def test_a_terminal_that_vanishes_takes_the_console_with_it_and_leaves_the_place(
    studio_folder: Path, tmp_path: Path
) -> None:
    with TerminalPty(console_command(studio_folder), environment=own_state(tmp_path)) as terminal:
        terminal.until_shown("needs you")
        terminal.press("S")
        terminal.until_true(lambda: read_session(studio_folder).screen == "sound", "the place is not written")
        terminal.hang_up()
        assert terminal.wait() == 129
    assert read_session(studio_folder).screen == "sound"
    assert find_studio_process(studio_folder) is None


def test_a_line_that_takes_nothing_any_more_holds_nobody(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), environment=own_state(tmp_path)) as terminal:
        line = os.open(psutil.Process(terminal.process.pid).terminal() or "", os.O_RDWR | os.O_NOCTTY)
        before = termios.tcgetattr(line)
        terminal.until_shown("needs you")
        termios.tcflow(line, termios.TCOOFF)
        # More than the buffers of the terminal, the writer and its queue together.
        for _ in range(60):
            terminal.press("JTDT")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(60) == 143
        after = termios.tcgetattr(line)
        os.close(line)
    assert before == after
