"""The console: a terminal user interface for a studio, usable over SSH."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path


def open_console(folder: Path, project: str | None = None) -> int:
    """Run the console on a studio folder and return its exit code.

    Raises RequestError when the user's keymap or CWTUI_PICTURES is invalid, EngineError when the studio does not open.
    """
    from cwtui.console.terminal.opening import opening_line

    with opening_line(folder.name):
        from cwtui.console.app import ConsoleApp
        from cwtui.console.keymap import keymap_path, read_keymap
        from cwtui.console.launch_options import LaunchOptions
        from cwtui.console.session import read_session
        from cwtui.console.terminal.capabilities import detect_terminal
        from cwtui.console.terminal.signals import ShutdownSignals
        from cwtui.paths import is_account_default, set_default_studio

        keymap, signals, terminal = read_keymap(keymap_path()), ShutdownSignals(), detect_terminal()
        # Textual's own variable for reduced motion.
        motion = os.environ.get("TEXTUAL_ANIMATIONS", "").lower() != "none"

        def console_of(folder: Path, *, create: bool = False) -> ConsoleApp:
            session = read_session(folder)
            options = LaunchOptions(folder.absolute(), session, keymap, terminal, project, create=create)
            return ConsoleApp(replace(options, signals=signals, motion=motion))

        console = console_of(folder)
    _print_open_jobs(folder, at_start=True)
    while True:
        console.run()
        if console.failure:
            raise console.failure
        if console.next_folder is None:
            _print_open_jobs(folder)
            return console.return_code or 0
        if is_account_default(folder):
            set_default_studio(console.next_folder)
        folder = console.next_folder
        console = console_of(folder, create=True)


def _print_open_jobs(folder: Path, at_start: bool = False) -> None:
    """Print on the normal screen, before the console opens and after it has closed, that jobs go on without it."""
    from cwtui.console.open_jobs import open_jobs_message

    # The terminal may be gone.
    with suppress(OSError, ValueError):
        if message := open_jobs_message(folder, at_start):
            print(message, file=sys.stderr, flush=True)
