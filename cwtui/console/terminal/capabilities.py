"""What this terminal can show: asked once before the console opens, or said by the director."""

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

Protocol = Literal["kitty", "iterm2", "sixel", "blocks", "text"]
"""Ways to show a picture, the best first."""

PROTOCOLS: tuple[Protocol, ...] = get_args(Protocol)
VARIABLE = "CWTUI_PICTURES"

# A picture of one pixel that is only asked about, the size of a cell, and what the terminal is: every one answers the
# last, and those that do not know the first are silent about it.
_QUERY = "\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\\x1b[16t\x1b[c"
_TIMEOUT_S = 0.5
CELL = (10, 20)
"""A cell's width and height in pixels, where the terminal does not say."""


@dataclass(frozen=True, slots=True)
class Terminal:
    """The protocol for pictures, a cell's (width, height) in pixels, and how long an answer took, in seconds.

    `name` tells it from others, as well as terminals do; `override` is what the director's environment sets.
    """

    protocol: Protocol
    cell: tuple[int, int] = CELL
    round_trip: float | None = None
    name: str = ""
    override: Protocol | None = None

    def select_protocol(self, chosen: Mapping[str, str]) -> Protocol:
        """How pictures are shown: as the environment says, or as was chosen in this terminal, or as it can."""
        return self.override or _parse_protocol(chosen.get(self.name)) or self.protocol


def detect_terminal(environment: Mapping[str, str] = os.environ) -> Terminal:
    """What the terminal is; half blocks where it does not say. RequestError where CWTUI_PICTURES names no way."""
    wanted = override_from(environment)
    answer, seconds = _query() if sys.__stdin__ and sys.__stdin__.isatty() else ("", None)
    size = re.search(r"\x1b\[6;(\d+);(\d+)t", answer)
    cell = (int(size[2]), int(size[1])) if size and int(size[1]) and int(size[2]) else CELL
    protocol = detect_protocol(answer, environment)
    names = [environment.get(name, "") for name in ("TERM_PROGRAM", "LC_TERMINAL", "TERM")]
    return Terminal(protocol, cell, seconds, " ".join(filter(None, [*names, protocol])), wanted)


def override_from(environment: Mapping[str, str]) -> Protocol | None:
    """The way that CWTUI_PICTURES sets for good, if it does. RequestError where there is none of that name."""
    word = environment.get(VARIABLE, "")
    wanted = _parse_protocol(word)
    if word and wanted is None:
        raise RequestError(
            f"{VARIABLE}={word} is no way to show pictures.", hint=f"It is one of {', '.join(PROTOCOLS)}, or not set."
        )
    return wanted


def detect_protocol(answer: str, environment: Mapping[str, str]) -> Protocol:
    """The best protocol by a terminal's answers and what it tells its programs."""
    if environment.get("TMUX") or environment.get("TERM", "").startswith(("tmux", "screen")):
        # What tmux passes on it also forgets when it draws the pane again; Sixel it knows itself.
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
    """The terminal's answers, and how long the last one took to come; keys pressed meanwhile are lost."""
    assert sys.__stdin__
    assert sys.__stdout__
    handle = sys.__stdin__.fileno()
    before = termios.tcgetattr(handle)
    answer, began = "", time.monotonic()
    try:
        tty.setcbreak(handle)
        # Who presses ^S, which saves in here, while this is starting would stop the terminal.
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
