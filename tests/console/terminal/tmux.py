"""A tmux server for one test: sends keys, and waits for text on the screen."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ..terminal_pty import terminal_environment

TIMEOUT_S = 300.0


class Pane:
    """A shell in a tmux pane of 120 columns and 40 lines, on its own server."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._socket = f"cleanwater-{os.getpid()}-{folder.name}"
        self._environment = terminal_environment(environment)
        configuration = folder / "tmux.conf"
        configuration.write_text(
            'set -g status off\nset -g default-terminal "tmux-256color"\nset -g escape-time 10\n'
            "set -g default-command 'sh'\nset -g history-limit 0\n"
        )
        self._configuration = str(configuration)
        self._tmux("-f", self._configuration, "new-session", "-d", "-s", "cleanwater", "-x", "120", "-y", "40")

    def keys(self, *keys: str) -> None:
        """Send keys by tmux's names."""
        self._tmux("send-keys", "-t", "cleanwater", *keys)

    def type(self, text: str) -> None:
        """Send text literally."""
        self._tmux("send-keys", "-t", "cleanwater", "-l", "--", text)

    def run(self, command: str) -> None:
        """Run a command line in the shell."""
        self.type(command)
        self.keys("Enter")

    def query(self, variable: str) -> str:
        """The value of a tmux format variable for the pane."""
        return self._tmux("display-message", "-p", "-t", "cleanwater", f"#{{{variable}}}").strip()

    @property
    def text(self) -> str:
        """The screen's text."""
        return self._tmux("capture-pane", "-p", "-t", "cleanwater")

    @property
    def styled_text(self) -> str:
        """The screen's text with its colours as escape sequences; every line has the full width."""
        return self._tmux("capture-pane", "-e", "-N", "-p", "-t", "cleanwater")

    def until(self, *texts: str) -> None:
        """Wait until all texts are on the screen."""
        self.until_true(lambda: all(text in self.text for text in texts), f"no {texts}")

    def until_true(self, condition: Callable[[], object], failure: str) -> None:
        """Wait until a condition is true."""
        deadline = time.monotonic() + TIMEOUT_S
        while not condition():
            assert time.monotonic() < deadline, f"{failure}:\n{self.text}"
            time.sleep(0.2)

    def new_window(self) -> None:
        """Replace the window by a new one, and close the terminal of the old one."""
        self._tmux("new-window", "-d", "-t", "cleanwater:9")
        self._tmux("kill-window", "-t", "cleanwater:0")
        self._tmux("move-window", "-s", "cleanwater:9", "-t", "cleanwater:0")

    def end(self) -> None:
        """Kill the server and everything in it."""
        self._tmux("kill-server", check=False)

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        result = subprocess.run(
            ["tmux", "-L", self._socket, *arguments],
            env=self._environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert not check or result.returncode == 0, f"tmux {shlex.join(arguments)}: {result.stderr}"
        return result.stdout


@contextmanager
def pane(folder: Path, environment: Mapping[str, str]) -> Iterator[Pane]:
    """A pane whose server is killed at the end."""
    new_pane = Pane(folder, environment)
    try:
        yield new_pane
    finally:
        new_pane.end()


def tmux_missing_reason() -> str:
    """Why tmux cannot be used; empty when it is installed. CI must have it."""
    if shutil.which("tmux"):
        return ""
    assert not os.environ.get("CI"), "tmux is not installed in CI: .ci/run must install it"
    return "tmux is not installed: apt install tmux, brew install tmux"
