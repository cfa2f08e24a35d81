"""A pseudo-terminal for the real `cwtui`: replies to queries, counts bytes and emulates the screen."""

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
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Condition, Thread
from typing import Self

import psutil
import pyte

CWTUI = str(Path(sys.executable).parent / "cwtui")
TIMEOUT_S = 300.0

# Queries, and the replies of a terminal without images and with cells of 10 by 20 pixels. It supports synchronized
# output (mode 2026), so that the end of each frame is known.
_REPLIES = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[16t": b"\x1b[6;20;10t",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
}
_QUERY = re.compile(b"|".join(map(re.escape, _REPLIES)))
FRAME_END = b"\x1b[?2026l"
# Sequences that pyte would read as text: images, the kitty keyboard protocol, mode queries.
_UNSUPPORTED = re.compile(rb"\x1b[_P].*?\x1b\\|\x1b\[[<>][\d;]*u|\x1b\[\?\d+\$p", re.DOTALL)
_INCOMPLETE = re.compile(rb"\x1b(?:[_P](?:(?!\x1b\\).)*|\[[<>?\d;$]*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One read: its time by the monotonic clock, and the total number of bytes up to its end."""

    at: float
    end: int


class TerminalPty:
    """A terminal that runs a command until it exits.

    The environment is that of a plain terminal, updated with `extra`. A `silent` terminal replies to no query.
    """

    def __init__(
        self,
        command: Sequence[str],
        size: tuple[int, int] = (120, 40),
        environment: Mapping[str, str] | None = None,
        *,
        extra: Mapping[str, str] | None = None,
        silent: bool = False,
    ) -> None:
        self._replies = {} if silent else _REPLIES
        self._raw = bytearray()
        self._chunks: list[Chunk] = []
        self._displayed = 0
        self._received = Condition()
        self._screen = pyte.Screen(*size)
        self._stream = pyte.ByteStream(self._screen)
        self._descriptor, child = pty.openpty()
        self._stop_read, self._stop_write = os.pipe()
        self._descriptors = [self._descriptor, self._stop_read, self._stop_write]
        self.resize(*size)
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            list(command), stdin=child, stdout=child, stderr=child, start_new_session=True, close_fds=True,
            env={**terminal_environment(environment or os.environ), **(extra or {})},
            preexec_fn=_set_controlling_terminal,
        )  # fmt: skip
        os.close(child)
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
        os.write(self._descriptor, keys.encode() if isinstance(keys, str) else keys)
        return at

    def resize(self, columns: int, lines: int) -> None:
        """Resize the terminal; the kernel signals the process."""
        self.lines()
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, columns * 10, lines * 20))

    def hang_up(self) -> None:
        """Close the terminal; the process gets a SIGHUP."""
        # The descriptor must not be closed during a read.
        os.write(self._stop_write, b"\0")
        self._reader.join(TIMEOUT_S)
        while self._descriptors:
            os.close(self._descriptors.pop())

    def end(self) -> None:
        """Kill the process if it still runs."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(TIMEOUT_S)
        if self._descriptors:
            self.hang_up()

    def wait(self, timeout: float = TIMEOUT_S) -> int:
        """Wait until the command exits; its exit code, negative for a signal."""
        code = self.process.wait(timeout)
        if self._descriptors:
            self._reader.join(timeout)
        return code

    # Output

    @property
    def sent(self) -> int:
        """The number of bytes so far."""
        with self._received:
            return len(self._raw)

    def since(self, mark: int) -> bytes:
        """All bytes after this position."""
        with self._received:
            return bytes(self._raw[mark:])

    def arrival_time(self, end: int) -> float:
        """The time at which this byte arrived, by the monotonic clock."""
        with self._received:
            return next(chunk.at for chunk in self._chunks if chunk.end > end)

    def until(self, pattern: bytes, since: int = 0, timeout: float = TIMEOUT_S) -> float:
        """Wait until a pattern has arrived after a position; return the time of its last byte."""
        expected = re.compile(pattern, re.DOTALL)
        found: list[re.Match[bytes]] = []

        def arrived() -> bool:
            if match := expected.search(self._raw, since):
                found.append(match)
            return bool(found)

        self._wait(arrived, lambda: f"{pattern!r} did not arrive", timeout)
        return self.arrival_time(found[0].end() - 1)

    def until_quiet(self, seconds: float = 0.3, timeout: float = TIMEOUT_S) -> None:
        """Wait until nothing has arrived for this long, and the command has nothing to compute."""
        deadline = time.monotonic() + timeout
        with self._received:
            while time.monotonic() < deadline:
                previous = len(self._raw)
                arrived = self._received.wait_for(lambda previous=previous: len(self._raw) > previous, seconds)
                # On a busy machine, a command that is silent may wait for a processor.
                if not arrived and not self._computes():
                    return
        raise AssertionError("the terminal still receives output")

    # Screen

    def lines(self) -> list[str]:
        """The lines of the screen."""
        with self._received:
            received = bytes(self._raw[self._displayed :])
            # An incomplete sequence is displayed once the rest arrives.
            if incomplete := _INCOMPLETE.search(received):
                received = received[: incomplete.start()]
            self._displayed += len(received)
        self._stream.feed(_UNSUPPORTED.sub(b"", received))
        return list(self._screen.display)

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines())

    def shows(self, text: str) -> bool:
        """Whether the screen contains a text."""
        return text in self.text

    def until_shown(self, text: str, timeout: float = TIMEOUT_S) -> None:
        """Wait until the screen contains a text."""
        self.until_true(lambda: self.shows(text), f"“{text}” is not shown", timeout)

    def until_true(self, condition: Callable[[], object], failure: str = "", timeout: float = TIMEOUT_S) -> None:
        """Wait until a condition is true; it is evaluated whenever bytes arrive."""
        deadline = time.monotonic() + timeout
        while not condition():
            assert time.monotonic() < deadline, f"{failure or 'the condition is not true'}:\n{self.text}"
            with self._received:
                # The condition may become true without new output.
                self._received.wait(0.05)

    # Cost

    def cpu_seconds(self) -> float:
        """The processor time of the command so far, over all threads."""
        times = psutil.Process(self.process.pid).cpu_times()
        return float(times.user + times.system)

    def _computes(self) -> bool:
        """Whether a thread of the command uses a processor or a disk, or waits for one. Only Linux reports it."""
        for status in Path(f"/proc/{self.process.pid}/task").glob("*/stat"):
            # The thread may end meanwhile.
            with suppress(OSError):
                if status.read_text().rpartition(")")[2].split()[0] in "RD":
                    return True
        return False

    def _wait(self, condition: Callable[[], bool], failure: Callable[[], str], timeout: float) -> None:
        with self._received:
            fulfilled = self._received.wait_for(condition, timeout)
        assert fulfilled, f"{failure()}:\n{self.text}"

    def _read(self) -> None:
        answered = 0
        while self._stop_read not in select.select([self._descriptor, self._stop_read], [], [])[0]:
            try:
                chunk = os.read(self._descriptor, 1 << 16)
            except OSError:
                # No process has the terminal open any more: the command has exited.
                return
            with self._received:
                self._raw += chunk
                self._chunks.append(Chunk(time.monotonic(), len(self._raw)))
                for query in _QUERY.finditer(self._raw, answered):
                    answered = query.end()
                    if reply := self._replies.get(query[0]):
                        os.write(self._descriptor, reply)
                # A query may span two reads.
                answered = max(answered, len(self._raw) - max(map(len, _REPLIES)) + 1)
                self._received.notify_all()


def console_command(folder: Path, *options: str) -> list[str]:
    """The command that opens the console on a studio."""
    return [CWTUI, "--studio", str(folder), *options]


def terminal_environment(base: Mapping[str, str]) -> dict[str, str]:
    """The environment of a plain terminal on this machine, independent of the current one."""
    excluded = ("SSH_", "TMUX", "TERM_PROGRAM", "LC_TERMINAL", "NO_COLOR", "CWTUI_", "TEXTUAL", "COLUMNS", "LINES")
    inherited = {name: value for name, value in base.items() if not name.startswith(excluded)}
    return {**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def _set_controlling_terminal() -> None:
    # The controlling process of a terminal gets its signals: resize and hang-up.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
