"""The terminal as an output for pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cwtui.console.terminal.capabilities import Protocol
from cwtui.console.terminal.link_quality import LinkQuality


@dataclass
class PictureOutput:
    """How pictures are shown: the protocol, a cell's (width, height) in pixels, and the line to the terminal.

    `write` sends a sequence past Textual. `probe` times the terminal's answer behind so many bytes. With `motion`, the
    wait for a picture is animated.
    """

    protocol: Protocol
    cell: tuple[int, int]
    link: LinkQuality
    write: Callable[[str], None]
    probe: Callable[[int], None]
    motion: bool = False
