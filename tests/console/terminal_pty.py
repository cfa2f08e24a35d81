"""A terminal for the real `cwtui`: a pty that answers as terminals do, counts what it is sent and knows its screen."""

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

# What is asked of a terminal, and what one without pictures, of cells of 10 by 20 pixels, says. It holds a frame back
# until all of it is there (mode 2026), so that one knows where each frame ends.
_ANSWERS = {
    b"\x1b[c": b"\x1b[?62;22c",
    b"\x1b[6n": b"\x1b[1;1R",
    b"\x1b[16t": b"\x1b[6;20;10t",
    b"\x1b[?2026$p": b"\x1b[?2026;2$y",
}
_QUESTION = re.compile(b"|".join(map(re.escape, _ANSWERS)))
FRAME_END = b"\x1b[?2026l"
# What pyte would take for text: pictures, a keyboard's own protocol, questions about modes.
_UNREAD = re.compile(rb"\x1b[_P].*?\x1b\\|\x1b\[[<>][\d;]*u|\x1b\[\?\d+\$p", re.DOTALL)
_BEGUN = re.compile(rb"\x1b(?:[_P](?:(?!\x1b\\).)*|\[[<>?\d;$]*)?\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """What came at once: when, by the monotonic clock, and up to which byte of everything."""

    at: float
    end: int


class TerminalPty:
    """One terminal with a command in it, from its start until it is left.

    Its environment is a plain terminal's, with `more` in it. A `mute` one answers nothing that it is asked.
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

    # What the person at it does

    def press(self, keys: str | bytes) -> float:
        """Sends keys as a terminal does; when, by the monotonic clock."""
        at = time.monotonic()
        os.write(self._ours, keys.encode() if isinstance(keys, str) else keys)
        return at

    def resize(self, columns: int, lines: int) -> None:
        """Another size; who runs in it is told by the system."""
        self.look()
        self._screen.resize(lines, columns)
        fcntl.ioctl(self._ours, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, columns * 10, lines * 20))

    def hang_up(self) -> None:
        """The line is gone: who runs in it gets a SIGHUP."""
        # A descriptor that is being read is not closed before the read ends.
        os.write(self._going, b"\0")
        self._reader.join(PATIENCE_S)
        while self._open:
            os.close(self._open.pop())

    def end(self) -> None:
        """Ends what still runs in it."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(PATIENCE_S)
        if self._open:
            self.hang_up()

    def wait(self, patience: float = PATIENCE_S) -> int:
        """Until the command has left by itself; its exit code, minus the signal's number where one ended it."""
        code = self.process.wait(patience)
        if self._open:
            self._reader.join(patience)
        return code

    # What it was sent

    @property
    def sent(self) -> int:
        """How many bytes have come so far."""
        with self._came:
            return len(self._raw)

    def since(self, mark: int) -> bytes:
        """All that came after so many bytes."""
        with self._came:
            return bytes(self._raw[mark:])

    def came_at(self, end: int) -> float:
        """When the byte at this place of everything came, by the monotonic clock."""
        with self._came:
            return next(piece.at for piece in self._pieces if piece.end > end)

    def until(self, pattern: bytes, since: int = 0, patience: float = PATIENCE_S) -> float:
        """Waits until bytes like these have come after so many; when the last of them came."""
        wanted = re.compile(pattern, re.DOTALL)
        found: list[re.Match[bytes]] = []

        def seen() -> bool:
            if match := wanted.search(self._raw, since):
                found.append(match)
            return bool(found)

        self._wait(seen, lambda: f"{pattern!r} did not come", patience)
        return self.came_at(found[0].end() - 1)

    def until_quiet(self, seconds: float = 0.3, patience: float = PATIENCE_S) -> None:
        """Waits until nothing has come for so long."""
        deadline = time.monotonic() + patience
        with self._came:
            while time.monotonic() < deadline:
                before = len(self._raw)
                if not self._came.wait_for(lambda before=before: len(self._raw) > before, seconds):
                    return
        raise AssertionError("the terminal is not left in peace")

    # What one sees

    def look(self) -> list[str]:
        """The lines of the screen as it is now."""
        with self._came:
            fresh = bytes(self._raw[self._fed :])
            # What has only begun waits for its end.
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
        """Whether the screen has this text somewhere."""
        return text in self.text

    def until_shown(self, text: str, patience: float = PATIENCE_S) -> None:
        """Waits until the screen has this text."""
        self.until_true(lambda: self.shows(text), f"“{text}” is not shown", patience)

    def until_true(self, true: Callable[[], object], what: str = "", patience: float = PATIENCE_S) -> None:
        """Waits until something holds, asked again whenever something came."""
        deadline = time.monotonic() + patience
        while not true():
            assert time.monotonic() < deadline, f"{what or 'It did not come to be'}:\n{self.text}"
            with self._came:
                # What is true elsewhere is no byte here.
                self._came.wait(0.05)

    # What it costs

    def cpu_seconds(self) -> float:
        """The processor time of the command so far, all its threads together."""
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
                # Nobody has it open any more: the command has left.
                return
            with self._came:
                self._raw += piece
                self._pieces.append(Piece(time.monotonic(), len(self._raw)))
                for question in _QUESTION.finditer(self._raw, looked):
                    looked = question.end()
                    if answer := self._answers.get(question[0]):
                        os.write(self._ours, answer)
                # A question may lie across two pieces.
                looked = max(looked, len(self._raw) - max(map(len, _ANSWERS)) + 1)
                self._came.notify_all()


def console_command(folder: Path, *options: str) -> list[str]:
    """The command that opens the console on a studio."""
    return [CWTUI, "--studio", str(folder), *options]


def terminal_environment(base: Mapping[str, str]) -> dict[str, str]:
    """An environment as a terminal on this machine gives it, whatever this one is run in."""
    summary = ("SSH_", "TMUX", "TERM_PROGRAM", "LC_TERMINAL", "NO_COLOR", "CWTUI_", "TEXTUAL", "COLUMNS", "LINES")
    kept = {name: value for name, value in base.items() if not name.startswith(summary)}
    return {**kept, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}


def _take_the_terminal() -> None:
    # Whose terminal it is gets its signals: a resize, a hang-up.
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
