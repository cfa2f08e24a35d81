"""Replies of the terminal that arrive in parts, and keys beside them."""

from __future__ import annotations

import pytest
from textual import _parser, events

from cwtui.console.terminal import input_parser
from cwtui.console.terminal.input_parser import ReplyParser

REPLIES = (
    "\x1b[?2026;2$y",
    "\x1b[?2048;0$y",
    "\x1b[24;80R",
    "\x1b[?62;4;22c",
    "\x1b_Gi=31;OK\x1b\\",
    "\x1b]11;rgb:0a0a/1212/1c1c\x07",
    "\x1bP>|tmux 3.4\x1b\\",
)


class Clock:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    for module in (_parser, input_parser):
        monkeypatch.setattr(module, "get_time", clock)
    return clock


def keys(parser: ReplyParser, clock: Clock, *parts: str, pause: float = 0.5) -> list[str]:
    """The keys of some parts of input, with a pause after each in which the driver ticks."""
    found: list[str] = []
    for part in parts:
        found += [event.key for event in parser.feed(part) if isinstance(event, events.Key)]
        clock.now += pause
        found += [event.key for event in parser.tick() if isinstance(event, events.Key)]
    return found


@pytest.mark.parametrize("reply", REPLIES)
def test_a_split_reply_is_never_taken_as_keys(clock: Clock, reply: str) -> None:
    for cut in range(1, len(reply)):
        # After an escape alone, the key has been sent when the rest of the reply arrives.
        escape = ["escape"] if reply[:cut] == "\x1b" and reply[1] == "[" else []
        if reply[:cut] == "\x1b" and not escape:
            continue
        assert keys(ReplyParser(), clock, reply[:cut], reply[cut:], "q") == [*escape, "q"], reply[:cut]


def test_every_byte_of_a_reply_may_be_late(clock: Clock) -> None:
    assert keys(ReplyParser(), clock, "a", "\x1b[", *"?2026;2$y", "?") == ["a", "question_mark"]
    assert keys(ReplyParser(), clock, *"\x1b[24;80R", "b", pause=0.01) == ["b"]


def test_a_reply_without_its_end_is_dropped(clock: Clock) -> None:
    parser = ReplyParser()
    assert keys(parser, clock, "\x1b[?20", pause=6.0) == []
    assert keys(parser, clock, "?") == ["question_mark"]


def test_keys_and_the_mouse_work_as_before(clock: Clock) -> None:
    parser = ReplyParser()
    assert keys(parser, clock, "\x1b") == ["escape"]
    assert keys(parser, clock, "\x1b", "?") == ["escape", "question_mark"]
    assert keys(parser, clock, "\x1b[A", "\x1bOP", "\x1b[3~", "G") == ["up", "f1", "delete", "G"]
    assert keys(parser, clock, "\x1b[", "B") == ["down"]
    pressed = [*parser.feed("\x1b[<0;10"), *parser.feed(";5M")]
    assert [type(event) for event in pressed] == [events.MouseDown]
    pasted = [*parser.feed("\x1b[200~one ? two\x1b[20"), *parser.feed("1~x")]
    assert [event.text for event in pasted if isinstance(event, events.Paste)] == ["one ? two"]
    assert list(parser.feed("")) == []
