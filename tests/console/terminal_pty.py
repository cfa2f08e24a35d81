"""A pseudo-terminal for the real `cwtui`: answers queries, counts bytes and keeps the screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Self

import psutil
import pyte

CWTUI = str(Path(sys.executable).parent / "cwtui")
PATIENCE_S = 150.0

# Queries, and the answers of a terminal without images and with cells of 10 by 20 pixels. It supports synchronized
# output (mode 2026), so that the end of each frame is known.
_ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[16t": b"\x1b[6;20;10t",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
}
_QUESTION = re.compile(b"|".join(map(re.escape, _ANSWERS)))
FRAME_END = b"\x1b[?2026l"
# Sequences that pyte would read as text: images, the kitty keyboard protocol, mode queries.
_UNREAD = re.compile(rb"\x1b[_P].*?\x1b\\|\x1b\[[<>][\d;]*u|\x1b\[\?\d+\$p", re.DOTALL)
_BEGUN = re.compile(rb"\x1b(?:[_P](?:(?!\x1b\\).)*|\[[<>?\d;$]*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """One read: its time by the monotonic clock, and the total number of bytes up to its end."""

    at: float
    end: int


class TerminalPty:
    """A terminal that runs a command until it exits.

    Its environment is a plain terminal's, with `more` in it. A `mute` one answers no query.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 40),
        environment: Mapping[str, str] | None = None,
        *,
        more: Mapping[str, str] | None = None,
        mute: bool = False,
    ) -> None:
        self._answers = {} if mute else _ANSWERS
        self._raw = bytearray()
        self._pieces: list[Piece] = []
        self._fed = 0
        self._came = Condition()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._ours, theirs = pty.openpty()
        self._gone, self._going = os.pipe()
        self._open = [self._ours, self._gone, self._going]
        self.resize(*size)
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            list(command), stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True, close_fds=True,
            env={**terminal_environment(environment or os.environ), **(more or {})}, preexec_fn=_take_the_terminal,
        )  # fmt: skip
        os.close(theirs)
        self._reader = Thread(target=self._read, name="terminal", daemon=True)
        self._reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    # Input

    def press(self, keys: str | bytes) -> float:
        """Send keys; return the time by the monotonic clock."""
        at = time.monotonic()
        os.write(self._ours, keys.encode() if isinstance(keys, str) else keys)
        return at

    def resize(self, columns: int, lines: int) -> None:
        """Resize the terminal; the kernel signals the process."""
        self.look()
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, columns * 10, lines * 20))

    def hang_up(self) -> None:
        """Close the terminal; the process gets a SIGHUP."""
        # The descriptor must not be closed during a read.
        os.write(self._going, b"\0")
        self._reader.join(PATIENCE_S)
        while self._open:
            os.close(self._open.pop())

    def end(self) -> None:
        """Kill the process if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        if self._open:
            self.hang_up()

    def wait(self, patience: float = PATIENCE_S) -> int:
        """Wait until the command exits; its exit code, negative for a signal."""
        code = self.process.wait(patience)
        if self._open:
            self._reader.join(patience)
        return code

    # Output

    @property
    def sent(self) -> int:
        """The number of bytes so far."""
        with self._came:
            return len(self._raw)

    def since(self, mark: int) -> bytes:
        """All bytes after this position."""
        with self._came:
            return bytes(self._raw[mark:])

    def came_at(self, end: int) -> float:
        """The time at which this byte arrived, by the monotonic clock."""
        with self._came:
            return next(piece.at for piece in self._pieces if piece.end > end)

    def until(self, pattern: bytes, since: int = 0, patience: float = PATIENCE_S) -> float:
        """Wait until a pattern has arrived after a position; return the time of its last byte."""
        wanted = re.compile(pattern, re.DOTALL)
        found: list[re.Match[bytes]] = []

        def seen() -> bool:
            if match := wanted.search(self._raw, since):
                found.append(match)
            return bool(found)

        self._wait(seen, lambda: f"{pattern!r} did not come", patience)
        return self.came_at(found[0].end() - 1)

    def until_quiet(self, seconds: float = 0.3, patience: float = PATIENCE_S) -> None:
        """Wait until nothing has arrived for this long."""
        deadline = time.monotonic() + patience
        with self._came:
            while time.monotonic() < deadline:
                before = len(self._raw)
                if not self._came.wait_for(lambda before=before: len(self._raw) > before, seconds):
                    return
        raise AssertionError("the terminal is not left in peace")

    # Screen

    def look(self) -> list[str]:
        """The lines of the screen."""
        with self._came:
            fresh = bytes(self._raw[self._fed :])
            # An incomplete sequence is kept until the rest arrives.
            if begun := _BEGUN.search(fresh):
                fresh = fresh[: begun.start()]
            self._fed += len(fresh)
        self._stream.feed(_UNREAD.sub(b"", fresh))
        return list(self._screen.display)

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.look())

    def shows(self, text: str) -> bool:
        """Whether the screen contains a text."""
        return text in self.text

    def until_shown(self, text: str, patience: float = PATIENCE_S) -> None:
        """Wait until the screen contains a text."""
        self.until_true(lambda: self.shows(text), f"“{text}” is not shown", patience)

    def until_true(self, true: Callable[[], object], what: str = "", patience: float = PATIENCE_S) -> None:
        """Wait until a condition is true; it is evaluated whenever bytes arrive."""
        deadline = time.monotonic() + patience
        while not true():
            assert time.monotonic() < deadline, f"{what or 'It did not come to be'}:\n{self.text}"
            with self._came:
                # The condition may become true without new output.
                self._came.wait(0.05)

    # Cost

    def cpu_seconds(self) -> float:
        """The processor time of the command so far, over all threads."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def _wait(self, true: Callable[[], bool], why: Callable[[], str], patience: float) -> None:
        with self._came:
            kept = self._came.wait_for(true, patience)
        assert kept, f"{why()}:\n{self.text}"

    def _read(self) -> None:
        looked = 0
        while self._gone not in select.select([self._ours, self._gone], [], [])[0]:
            try:
                piece = os.read(self._ours, 1 << 16)
            except OSError:
                # No process has the terminal open any more: the command has exited.
                return
            with self._came:
                self._raw += piece
                self._pieces.append(Piece(time.monotonic(), len(self._raw)))
                for question in _QUESTION.finditer(self._raw, looked):
                    looked = question.end()
                    if answer := self._answers.get(question[0]):
                        os.write(self._ours, answer)
                # A query may span two reads.
                looked = max(looked, len(self._raw) - max(map(len, _ANSWERS)) + 1)
                self._came.notify_all()


def console_command(folder: Path, *options: str) -> list[str]:
    """The command that opens the console on a studio."""
    return [CWTUI, "--studio", str(folder), *options]


def terminal_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The environment of a plain terminal on this machine, independent of the current one."""
    summary = ("SSH_", "TMUX", "TERM_PROGRAM", "LC_TERMINAL", "NO_COLOR", "CWTUI_", "TEXTUAL", "COLUMNS", "LINES")
    kept = {name: value for name, value in base.items() if not name.startswith(summary)}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def _take_the_terminal() -> None:
    # The controlling process of a terminal gets its signals: resize and hang-up.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
