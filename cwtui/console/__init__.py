"""The console: a terminal user interface for a studio, usable over SSH."""

from __future__ import annotations

from pathlib import Path


def open_console(folder: Path, project: str | None = None) -> int:
    """Run the console on a studio folder and return its exit code.

    Raises RequestError when the user's keymap or CWTUI_PICTURES is invalid, EngineError when the studio does not open.
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
