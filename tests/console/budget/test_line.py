"""Meters and images send few enough bytes that key presses are not delayed."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from engine.catalog import Catalog

from ..terminal_pty import TerminalPty
from .measured import frames, idle_console, main_image

KIB = 1024
METER_BYTES_PER_SECOND = 15 * KIB
IMAGE_BYTES = 50 * KIB

# The largest size sends the most.
sizes = pytest.mark.parametrize(
    "size", [*(pytest.param(size, marks=pytest.mark.slow) for size in ((80, 24), (120, 40))), (200, 60)]
)


@sizes
def test_a_second_of_meters_takes_less_than_15_kib(
    studio_of_size: Callable[[int], Path], size: tuple[int, int]
) -> None:
    folder = studio_of_size(3)
    with idle_console(folder, size) as terminal:
        terminal.press("jS")
        terminal.until_shown("rumble")
        terminal.until_quiet()
        mark = terminal.sent
        terminal.press("m")
        terminal.until(b"0:02", mark)
        terminal.until_quiet()
        sent = terminal.since(mark)
        assert len(sent) < METER_BYTES_PER_SECOND * duration(folder, 2)
        # The meters did run.
        assert len(frames(sent)) > 5


def test_meters_stop_without_focus(studio_of_size: Callable[[int], Path]) -> None:
    with idle_console(studio_of_size(3)) as terminal:
        terminal.press("jS")
        terminal.until_shown("rumble")
        terminal.until_quiet()
        terminal.press("m")
        terminal.until_shown("now")
        # The terminal window loses the focus.
        terminal.press("\x1b[O")
        terminal.until_shown("whole")


@sizes
def test_a_half_block_image_takes_less_than_50_kib(
    studio_of_size: Callable[[int], Path], size: tuple[int, int]
) -> None:
    with idle_console(studio_of_size(3), size, pictures="blocks") as terminal:
        mark = terminal.sent
        terminal.press("R")
        terminal.until_true(lambda: max(images(terminal, mark)) > KIB, "There is no still")
        # A large image has one colour in a cell first, and its details in bands once it rests for 0.4 s.
        terminal.until_quiet(0.6)
        # A busy machine may paint the screen and the filmstrip in the same frame.
        assert max(images(terminal, mark)) < IMAGE_BYTES


def images(terminal: TerminalPty, mark: int) -> list[int]:
    """The bytes of the main image in each frame since a mark."""
    return [0, *map(main_image, frames(terminal.since(mark)))]


def duration(folder: Path, number: int) -> Fraction:
    """The duration of a take in seconds."""
    catalog = Catalog.in_studio(folder)
    try:
        return next(take for take in catalog.takes() if take.number == number).probe.duration
    finally:
        catalog.close()
