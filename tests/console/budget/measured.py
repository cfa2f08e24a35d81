"""The real console in a real terminal, come to rest: what it sends can be counted, what it works weighed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..pilot import own_state
from ..terminal_pty import FRAME_END, TerminalPty, console_command

HALF_BLOCK = "▀".encode()


@contextmanager
def at_rest(folder: Path, size: tuple[int, int] = (120, 40), pictures: str = "text") -> Iterator[TerminalPty]:
    """A console over a studio whose first takes are on the screen, with nothing going on any more."""
    state = own_state(folder.with_name(f"{folder.name}-{size[0]}-{pictures}"))
    with TerminalPty(console_command(folder), size, state, more={"CWTUI_PICTURES": pictures}) as terminal:
        # The first take's words, and its picture: with them the engine has been loaded.
        terminal.until_shown("“Right")
        if pictures == "blocks":
            terminal.until(HALF_BLOCK)
        terminal.until_quiet(0.6)
        yield terminal


def row_of(number: int) -> re.Pattern[bytes]:
    """The row of the take of this number, as it is sent."""
    return re.compile(rb"[^\d;]%03d\b" % number)


def step(terminal: TerminalPty, number: int) -> None:
    """One take down, to the one of this number, until it is painted."""
    mark = terminal.sent
    terminal.press("j")
    terminal.until(rb"\xe2\x96\xb8[^\xe2]{1,80}%03d\b" % number, mark)


def frames(sent: bytes) -> list[bytes]:
    """What was sent, frame by frame."""
    return [frame for frame in sent.split(FRAME_END) if frame]


def half_blocks(frame: bytes) -> int:
    """How many cells of a picture a frame has."""
    return frame.count(HALF_BLOCK)


def work_of(terminal: TerminalPty, keys: int, first: int) -> tuple[float, int]:
    """Processor seconds and bytes that so many keys take, each painted before the next."""
    terminal.press("j" * (first - 1))
    terminal.until_shown(f"▸ {first:03d}")
    terminal.until_quiet()
    seconds, sent = terminal.cpu_seconds(), terminal.sent
    for number in range(first + 1, first + 1 + keys):
        step(terminal, number)
    terminal.until_quiet()
    return terminal.cpu_seconds() - seconds, terminal.sent - sent
