"""A parser of terminal input that keeps the terminal's replies together when they arrive in parts."""

from __future__ import annotations

import re
from collections.abc import Iterable

from textual import constants
from textual._time import get_time
from textual._xterm_parser import XTermParser
from textual.message import Message

_ESCAPE = "\x1b"
# The beginning of a sequence: CSI with parameters, or a string (DCS, OSC, kitty's APC) as terminals reply with.
_INCOMPLETE = re.compile(r"\x1b(\[[0-?]*[ -/]*|[P\]_]|(P[01>]|\]\d|_G)[^\x1b\x07]*\x1b?)?\Z")
# Replies that Textual does not know: strings, attributes of the device, and states of the keyboard.
_UNKNOWN = re.compile(r"\x1b((P[01>]|\]\d|_G)[^\x1b\x07]*(\x1b\\|\x07)|\[[?>][\d;]*[cnu])")
# Replies without their escape character.
_REPLY = re.compile(r"\[(\?[\d;]+\$y|\?[\d;]*[cu]|\d+;\d+R|[\d;]+t)")
# A line may stall for so long inside a reply.
_REPLY_TIMEOUT_S = 5.0


class ReplyParser(XTermParser):
    """Textual's parser, which never takes a part of a reply as keys.

    Textual waits 0.1 s for the rest of a sequence, then takes what has arrived as keys: if `ESC [` and `?2026;2$y` are
    read separately, the question mark would open the help. This parser holds an incomplete sequence back, and drops
    it if the rest never arrives. It also drops replies that Textual does not know. An escape alone is a key after
    Textual's own delay.
    """

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._held = ""
        self._deadline = 0.0
        # Whether the last input was an escape alone, which may have been the start of a reply.
        self._escaped = False

    def feed(self, data: str) -> Iterable[Message]:
        """Yields the events of the complete sequences in `data` and what was held back. Empty data ends the input."""
        if not data:
            yield from super().feed(data)
            return
        if self._escaped and _REPLY.match(data):
            data = _ESCAPE + data
        self._escaped = False
        data, self._held = _UNKNOWN.sub("", self._held + data), ""
        if found := _INCOMPLETE.search(data):
            data, self._held = data[: found.start()], found[0]
            wait = constants.ESCAPE_DELAY if self._held == _ESCAPE else _REPLY_TIMEOUT_S
            self._deadline = get_time() + wait
        if data:
            yield from super().feed(data)

    def tick(self) -> Iterable[Message]:
        """Yields the escape key if nothing followed it; drops a reply whose rest does not arrive."""
        if self._held and get_time() >= self._deadline:
            held, self._held = self._held, ""
            if held == _ESCAPE:
                self._escaped = True
                yield from super().feed(held)
                # Textual's own delay has passed here.
                self._timeout_time = 0.0
        yield from super().tick()
