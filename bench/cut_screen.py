"""Cut in a real terminal: from the key that deletes a word of a one-hour cut to its paint."""

from __future__ import annotations

import os
import statistics
import tempfile
from pathlib import Path

from bench.hour_studio import hour_studio
from tests.console.terminal_pty import TerminalPty, console_command

_SIZE = (120, 40)
_WORDS = 40
# The suggestions are found within this time.
_QUIET_S = 2.5
_DELETE = "\x1b[3~"


def run() -> None:
    """Prints the table."""
    with tempfile.TemporaryDirectory() as scratch:
        studio = hour_studio(Path(scratch) / "studio")
        own = {"XDG_STATE_HOME": "state", "XDG_CONFIG_HOME": "config"}
        environment = {**os.environ, **{name: str(Path(scratch) / folder) for name, folder in own.items()}}
        used, passed = [], []
        extra = {"CWTUI_PICTURES": "text"}
        with TerminalPty(console_command(studio), _SIZE, environment, extra=extra) as terminal:
            terminal.until_shown("IMG_0001")
            terminal.press("C")
            terminal.until_shown("suggestions")
            terminal.press("\x1b[6~" * 3 + "ww")
            for _ in range(_WORDS):
                terminal.until_quiet(_QUIET_S)
                mark, before = terminal.sent, terminal.cpu_seconds()
                pressed = terminal.press(_DELETE)
                passed.append(terminal.until(b" before", mark) - pressed)
                used.append(terminal.cpu_seconds() - before)
        print(f"{_WORDS} words of an hour\n")
        print("| key to paint, ms | median | mean | longest |\n| --- | ---: | ---: | ---: |")
        for name, seconds in (("processor time of the console", used), ("time", passed)):
            values = (statistics.median(seconds), statistics.fmean(seconds), max(seconds))
            print(f"| {name} | {' | '.join(f'{1000 * one:.0f}' for one in values)} |")
