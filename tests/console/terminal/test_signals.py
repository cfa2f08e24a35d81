"""Exit on signals, a hang-up or a stalled terminal: the terminal settings are restored and the session is kept."""

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

from ..pilot import isolated_environment
from ..terminal_pty import TerminalPty, console_command

# Prints the terminal settings before and after and the console's exit code, then reads a line.
SHELL = 'stty -g; {console}; echo "left with $?"; stty -g; read -r line; echo "the shell heard $line"'
# Modes that a full-screen program enables and disables, by number.
ENABLED_MODES = {
    "1049": "another screen", "1000": "clicks", "1003": "moves", "1006": "clicks anywhere", "2004": "pastes",
    "1004": "focus", "2048": "sizes",
}  # fmt: skip
DISABLED_MODES = {"25": "the cursor", "7": "long lines"}


def run_in_shell(folder: Path, home: Path) -> TerminalPty:
    script = SHELL.format(console=shlex.join(console_command(folder)))
    return TerminalPty(["sh", "-c", script], environment=isolated_environment(home))


def console_in(terminal: TerminalPty) -> psutil.Process:
    (console,) = psutil.Process(terminal.process.pid).children()
    return console


def modes(sent: bytes) -> dict[str, bool]:
    """The last state of each mode by its number: True for set, False for reset."""
    return {number.decode(): on == b"h" for number, on in re.findall(rb"\x1b\[\?(\d+)([hl])", sent)}


def assert_terminal_is_restored(terminal: TerminalPty) -> None:
    sent = terminal.since(0)
    assert [name for mode, name in ENABLED_MODES.items() if modes(sent).get(mode)] == []
    assert [name for mode, name in DISABLED_MODES.items() if not modes(sent).get(mode, True)] == []
    assert len(re.findall(rb"\x1b\[>\d+u", sent)) == sent.count(b"\x1b[<u"), "the keyboard's protocol is still on"
    settings = re.findall(rb"[0-9a-f]+(?::[0-9a-f]+){10,}", sent)
    assert len(settings) == 2
    assert settings[0] == settings[1]
    assert b"Traceback" not in sent


@pytest.mark.parametrize(
    ("trigger", "code"),
    [
        pytest.param("q", 0, id="q"),
        pytest.param(signal.SIGTERM, 143, id="SIGTERM"),
        pytest.param(signal.SIGHUP, 129, id="SIGHUP"),
        pytest.param(signal.SIGINT, 1, id="SIGINT"),
    ],
)
def test_exit_restores_the_terminal_and_keeps_the_session(
    studio_folder: Path, tmp_path: Path, trigger: str | signal.Signals, code: int
) -> None:
    with run_in_shell(studio_folder, tmp_path) as terminal:
        terminal.until_shown("needs you")
        terminal.press("R")
        terminal.until_true(lambda: read_session(studio_folder).screen == "review", "the place is not written")
        console = console_in(terminal)
        if isinstance(trigger, str):
            # Control-C only shows how to quit.
            terminal.press("\x03")
            terminal.until_shown("q quits; jobs keep")
            assert console.is_running()
            terminal.press(trigger)
        else:
            console.send_signal(trigger)
        terminal.until_shown(f"left with {code}")
        terminal.press("hello\n")
        terminal.until_shown("the shell heard hello")
        assert terminal.wait() == 0
        assert not console.is_running()
        assert_terminal_is_restored(terminal)
        assert read_session(studio_folder).screen == "review"


@pytest.mark.parametrize(("trigger", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_during_startup_restores_the_terminal(
    studio_folder: Path, tmp_path: Path, trigger: signal.Signals, code: int
) -> None:
    with run_in_shell(studio_folder, tmp_path) as terminal:
        terminal.until(rb"\x1b\[\?1049h")
        console_in(terminal).send_signal(trigger)
        terminal.until_shown(f"left with {code}")
        terminal.press("hello\n")
        assert terminal.wait() == 0
        assert_terminal_is_restored(terminal)


def test_a_hang_up_ends_the_console_and_keeps_the_session(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), environment=isolated_environment(tmp_path)) as terminal:
        terminal.until_shown("needs you")
        terminal.press("S")
        terminal.until_true(lambda: read_session(studio_folder).screen == "sound", "the place is not written")
        terminal.hang_up()
        assert terminal.wait() == 129
    assert read_session(studio_folder).screen == "sound"
    assert find_studio_process(studio_folder) is None


def test_a_stalled_terminal_does_not_block_the_exit(studio_folder: Path, tmp_path: Path) -> None:
    with TerminalPty(console_command(studio_folder), environment=isolated_environment(tmp_path)) as terminal:
        descriptor = os.open(psutil.Process(terminal.process.pid).terminal() or "", os.O_RDWR | os.O_NOCTTY)
        before = termios.tcgetattr(descriptor)
        terminal.until_shown("needs you")
        termios.tcflow(descriptor, termios.TCOOFF)
        # More than the buffers of the terminal, the writer and its queue together.
        for _ in range(60):
            terminal.press("JTDT")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(60) == 143
        after = termios.tcgetattr(descriptor)
        os.close(descriptor)
    assert before == after
