"""The console: a director's desk in a terminal, over SSH."""

from __future__ import annotations

from pathlib import Path


def open_console(folder: Path, project: str | None = None) -> int:
    """Opens the console on a studio folder until the director leaves; the exit code.

    RequestError where one's own keymap or CWTUI_PICTURES cannot be used, EngineError where the studio cannot be opened.
    """
    from cwtui.console.app import Console, Opening
    from cwtui.console.keymap import keymap_path, read_keymap
    from cwtui.console.session import read_place
    from cwtui.console.terminal.capabilities import examine_terminal
    from cwtui.console.terminal.signals import Farewells

    keymap, farewells = read_keymap(keymap_path()), Farewells()
    place, terminal = read_place(folder), examine_terminal()
    console = Console(Opening(folder.absolute(), place, keymap, terminal, project, farewells=farewells))
    console.run()
    if console.failure:
        raise console.failure
    return console.return_code or 0
