"""Detection of a terminal's image protocol, once before the console opens; CWTUI_PICTURES overrides it."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from engine.errors import RequestError

ImageProtocol = Literal["kitty", "iterm2", "sixel"]
"""Protocols that send an image as one escape sequence."""

Protocol = Literal[ImageProtocol, "blocks", "text"]
"""Ways to display an image, the best first."""

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
VARIABLE = "CWTUI_PICTURES"

# Three queries: kitty graphics (a 1 x 1 image), the cell size, and the device attributes. Every terminal answers the
# last one; terminals without kitty graphics ignore the first.
_QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
_TIMEOUT_S = 0.5
CELL = (10, 20)
"""The default width and height of a cell in pixels, for terminals that do not report it."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The detected protocol, a cell's (width, height) in pixels, and the round trip of the query in seconds.

    `name` identifies the kind of terminal as far as it reports it; `override` is the value of CWTUI_PICTURES.
    """

    protocol: Protocol
    cell: tuple[int, int] = CELL
    round_trip: float | None = None
    name: str = ""
    override: Protocol | None = None

    def select_protocol(self, chosen: Mapping[str, str]) -> Protocol:
        """The protocol to use: the environment's, else the user's choice for this terminal, else the detected one."""
        return self.override or _parse_protocol(chosen.get(self.name)) or self.protocol


def detect_terminal(environment: Mapping[str, str] = os.environ) -> Terminal:
    """Query the terminal; half blocks when it does not answer. Raises RequestError for an invalid CWTUI_PICTURES."""
    wanted = override_from(environment)
    answer, seconds = _query() if sys.__stdin__ and sys.__stdin__.isatty() else ("", None)
    size = re.search(r"\x1b\[6;(\d+);(\d+)t", answer)
    cell = (int(size[2]), int(size[1])) if size and int(size[1]) and int(size[2]) else CELL
    protocol = detect_protocol(answer, environment)
    names = [environment.get(name, "") for name in ("TERM_PROGRAM", "LC_TERMINAL", "TERM")]
    return Terminal(protocol, cell, seconds, " ".join(filter(None, [*names, protocol])), wanted)


def override_from(environment: Mapping[str, str]) -> Protocol | None:
    """The protocol in CWTUI_PICTURES, if it is set. Raises RequestError for an unknown name."""
    word = environment.get(VARIABLE, "")
    wanted = _parse_protocol(word)
    if word and wanted is None:
        raise RequestError(
            f"{VARIABLE}={word} is not an image protocol.",
            hint=f"Set it to one of {', '.join(PROTOCOLS)}, or unset it.",
        )
    return wanted


def detect_protocol(answer: str, environment: Mapping[str, str]) -> Protocol:
    """The best protocol by a terminal's answers and its environment variables."""
    if environment.get("TMUX") or environment.get("TERM", "").startswith(("tmux", "screen")):
        # tmux redraws a pane without images that it passed through; it supports Sixel itself.
        return "sixel" if _supports_sixel(answer) else "blocks"
    if "\x1b_Gi=31;OK" in answer:
        return "kitty"
    if "iterm" in (environment.get("LC_TERMINAL", "") + environment.get("TERM_PROGRAM", "")).lower():
        return "iterm2"
    return "sixel" if _supports_sixel(answer) else "blocks"


def _parse_protocol(word: str | None) -> Protocol | None:
    return next((known for known in PROTOCOLS if known == word), None)


def _supports_sixel(answer: str) -> bool:
    attributes = re.search(r"\x1b\[\?([\d;]+)c", answer)
    return bool(attributes and "4" in attributes[1].split(";")[1:])


def _query() -> tuple[str, float | None]:
    """The terminal's answers and their round trip in seconds, None on a timeout. Keys pressed meanwhile are lost."""
    assert sys.__stdin__
    assert sys.__stdout__
    handle = sys.__stdin__.fileno()
    before = termios.tcgetattr(handle)
    answer, began = "", time.monotonic()
    try:
        tty.setcbreak(handle)
        # Without this, ^S (the console's key to save) would stop the terminal's output during startup.
        ours = termios.tcgetattr(handle)
        ours[tty.IFLAG] &= ~termios.IXON
        termios.tcsetattr(handle, termios.TCSANOW, ours)
        termios.tcflow(handle, termios.TCOON)
        sys.__stdout__.write(_QUERY)
        sys.__stdout__.flush()
        while (left := began + _TIMEOUT_S - time.monotonic()) > 0:
            if select.select([handle], [], [], left)[0]:
                answer += os.read(handle, 4096).decode(errors="replace")
                if re.search(r"\x1b\[\?[\d;]*c", answer):
                    return answer, time.monotonic() - began
    except (OSError, termios.error):
        pass
    finally:
        termios.tcsetattr(handle, termios.TCSANOW, before)
    return answer, None
