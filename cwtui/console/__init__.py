"""The console: a director's desk in a terminal, over SSH."""

from __future__ import annotations

from pathlib import Path


def open_console(folder: Path, project: str | None = None) -> int:
    """Opens the console on a studio folder until the director leaves; the exit code.

    RequestError where one's own keymap or CWTUI_PICTURES cannot be used, EngineError where the studio cannot be opened.
    """
    from cwtui.console.app import ConsoleApp, LaunchOptions
    from cwtui.console.keymap import keymap_path, read_keymap
    from cwtui.console.session import read_session
    from cwtui.console.terminal.capabilities import detect_terminal
    from cwtui.console.terminal.signals import ShutdownSignals

    keymap, signals = read_keymap(keymap_path()), ShutdownSignals()
    session, terminal = read_session(folder), detect_terminal()
    console = ConsoleApp(LaunchOptions(folder.absolute(), session, keymap, terminal, project, signals=signals))
    console.run()
    if console.failure:
        raise console.failure
    return console.return_code or 0
