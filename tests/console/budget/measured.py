"""Measures the real console in a pseudo-terminal: the bytes that it sends and its processor time."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count, takewhile
from pathlib import Path

from ..pilot import isolated_environment
from ..terminal_pty import FRAME_END, TerminalPty, console_command

HALF_BLOCK = "▀".encode()
# The start of a line's output, and equal cells with the red, green and blue of their ground. Images have six bits each.
_POSITION = re.compile(rb"\x1b\[(\d+);\d+H")
_RUN = re.compile(rb"\x1b\[(?:38;2;\d+;\d+;\d+;)?48;2;(\d+);(\d+);(\d+)m(?: |\xe2\x96\x80)+\x1b\[0m")


@contextmanager
def idle_console(folder: Path, size: tuple[int, int] = (120, 40), pictures: str = "text") -> Iterator[TerminalPty]:
    """Open a console and wait until it shows the first takes and is idle."""
    state = isolated_environment(folder.with_name(f"{folder.name}-{size[0]}-{pictures}"))
    with TerminalPty(console_command(folder), size, state, extra={"CWTUI_PICTURES": pictures}) as terminal:
        # Once the first take's words and frame are shown, the engine is loaded.
        terminal.until_shown("“Right")
        if pictures == "blocks":
            terminal.until(HALF_BLOCK)
        terminal.until_quiet(0.6)
        yield terminal


def row_of(number: int) -> re.Pattern[bytes]:
    """A pattern for the row of the take with this number."""
    return re.compile(rb"[^\d;]%03d\b" % number)


def step(terminal: TerminalPty, number: int) -> None:
    """Move down to the take with this number and wait until it is painted."""
    mark = terminal.sent
    terminal.press("j")
    terminal.until(rb"\xe2\x96\x8d[^\xe2]{1,200}%03d\b" % number, mark)


def frames(sent: bytes) -> list[bytes]:
    """The output, split into frames."""
    return [frame for frame in sent.split(FRAME_END) if frame]


def main_image(frame: bytes) -> int:
    """The bytes of the topmost image in a frame: of cells in colours of images, in lines without a gap."""
    lines = _POSITION.split(frame)[1:]
    image: dict[int, int] = {}
    for line, text in zip(lines[::2], lines[1::2], strict=True):
        runs = (found for found in _RUN.finditer(text) if all(int(one) % 4 == 0 for one in found.groups()))
        if sent := sum(len(run[0]) for run in runs):
            image[int(line)] = image.get(int(line), 0) + sent
    top = min(image, default=0)
    return sum(image[line] for line in takewhile(image.__contains__, count(top)))


def half_blocks(frame: bytes) -> int:
    """The number of half-block cells in a frame."""
    return frame.count(HALF_BLOCK)


def measure_keys(terminal: TerminalPty, keys: int, first: int) -> tuple[float, int]:
    """Processor seconds and bytes for this many key presses, each painted before the next."""
    terminal.press("j" * (first - 1))
    terminal.until_shown(f"▍   {first:03d}")
    terminal.until_quiet()
    seconds, sent = terminal.cpu_seconds(), terminal.sent
    for number in range(first + 1, first + 1 + keys):
        step(terminal, number)
    terminal.until_quiet()
    return terminal.cpu_seconds() - seconds, terminal.sent - sent
