"""The lines of a CMX 3600 edit decision list as events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline.exchange.timeline import IssueLog

LARGEST = 16 * 1024 * 1024
"""The size limit of a list, in bytes."""

DROP_RATES = (Fraction(30000, 1001), Fraction(60000, 1001), Fraction(120000, 1001))

_TIMECODE = r"(\d{1,2}:\d{2}:\d{2}[:;.,]\d{2,3})"
_EVENT = re.compile(
    r"\s*(\d{1,6})\s+(\S.*?)\s+([VAB][VABN0-9/]*|NONE)\s+(C|D|W\d{1,3}|KB?|KO)\s+(\d{1,4}\s+)?"
    + r"\s+".join([_TIMECODE] * 4)
    + r"\s*$"
)
_NUMBERED = re.compile(r"\s*\d{1,6}\s+\S+\s+\S+\s")
_SPEED = re.compile(r"\s*M2\s+(.+?)\s+([+-]?\d+(?:\.\d+)?)\s+\S+", re.IGNORECASE)
_COMMENT = re.compile(r"\s*\*?\s*([A-Z][A-Z0-9_ ]*?)(?:\s*:\s*|\s+IS\s+)(.*)$", re.IGNORECASE)


@dataclass(slots=True)
class Event:
    """One line with timecodes, in frames of the list's rate, and the comments that follow it.

    `kind` is C (cut), D (dissolve), W and a number (wipe), or K (key); `length` is that of the transition in frames.
    """

    number: str
    reel: str
    channels: str
    kind: str
    length: int
    source: tuple[int, int]
    record: tuple[int, int]
    drop: bool
    speed: float | None = None
    comments: dict[str, str] = field(default_factory=dict)

    @property
    def has_picture(self) -> bool:
        """Whether the event cuts the picture."""
        return "V" in self.channels or self.channels == "B"

    @property
    def has_sound(self) -> bool:
        """Whether the event cuts the sound."""
        return "A" in self.channels or self.channels == "B"

    @property
    def name(self) -> str:
        """The clip name in the comments: of the incoming clip in a transition."""
        names = ("TO CLIP NAME",) if self.kind != "C" else ()
        return next((self.comments[key] for key in (*names, "FROM CLIP NAME", "CLIP NAME") if key in self.comments), "")


@dataclass(slots=True)
class EventList:
    """A list: its events, markers (timecode in frames, label), and whether its record timecode is drop-frame."""

    title: str = ""
    drop: bool = False
    events: list[Event] = field(default_factory=list)
    markers: list[tuple[int, str]] = field(default_factory=list)


def parse_edl(data: bytes, rate: Fraction, log: IssueLog) -> EventList:
    """The events of a list whose timecodes count `rate` frames per second.

    Raises RequestError if the data has no events, or if its timecodes do not fit the rate.
    """
    if len(data) > LARGEST:
        raise RequestError(f"The file has {len(data):,} bytes, more than the limit of {LARGEST:,} for an EDL.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    out = EventList()
    other = colors = 0
    for number, line in enumerate(text.splitlines(), 1):
        event = _EVENT.match(line)
        if event:
            out.events.append(_event(event, rate, f"line {number}"))
            out.drop = out.drop or (";" in event[8] and rate in DROP_RATES)
        elif speed := _SPEED.match(line):
            _set_speed(out.events, speed[1], float(speed[2]))
        elif line.strip().upper().startswith("TITLE:"):
            out.title = out.title or line.partition(":")[2].strip()
        elif line.strip().upper().startswith("FCM:"):
            _check_count_mode(line, rate)
        elif _NUMBERED.match(line):
            log.problem(f"line {number}: “{line.strip()[:60]}” is no event of a CMX 3600 list")
        elif comment := _COMMENT.match(line):
            name, value = " ".join(comment[1].upper().split()), comment[2].strip()
            if name == "LOC":
                _add_marker(out, value, rate, f"line {number}")
            elif name.startswith("ASC"):
                colors += 1
            elif out.events:
                out.events[-1].comments.setdefault(name, value)
        elif line.strip().startswith("*") or line.strip().upper().startswith("AUD"):
            other += 1
    if not out.events:
        raise RequestError("The file has no events of a CMX 3600 list.", "Export the EDL again as CMX 3600.")
    if colors:
        log.note(f"color decisions (CDL): {colors}")
    if other:
        log.note(f"other comments: {other}")
    return out


def _event(match: re.Match[str], rate: Fraction, place: str) -> Event:
    codes = [_frames(code, rate, f"{place}, event {match[1]}") for code in match.groups()[5:9]]
    kind = match[4][0]
    return Event(
        number=match[1],
        reel=match[2],
        channels=match[3],
        kind=match[4] if kind == "W" else kind,
        length=int(match[5] or 0),
        source=(codes[0], codes[1]),
        record=(codes[2], codes[3]),
        drop=";" in match[6],
    )


def _frames(code: str, rate: Fraction, place: str) -> int:
    """The frames from midnight. Raises RequestError for a timecode that does not exist at the rate."""
    base = round(rate)
    code = code.replace(",", ";")
    parsed = Timecode.parse(code, rate)
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;.]", code))
    if parsed is None or frames >= base or seconds > 59 or minutes > 59 or hours > 23:
        raise RequestError(
            f"{place}: there is no timecode {code} at {float(rate):.5g} frames per second.",
            "Name the frame rate of the list: --rate 25",
        )
    return parsed.first


def _check_count_mode(line: str, rate: Fraction) -> None:
    mode = line.partition(":")[2].strip().upper()
    if mode.startswith("DROP") and rate not in DROP_RATES:
        raise RequestError(
            f"The list counts in drop-frame timecode, which {float(rate):.5g} frames per second does not have.",
            "Name the frame rate of the list: --rate 29.97",
        )


def _set_speed(events: list[Event], reel: str, frames_per_second: float) -> None:
    """Sets the speed of the last event, or of the one before it in a transition, by the reel."""
    for event in reversed(events[-2:]):
        if event.reel == reel.strip() or event is events[-1]:
            event.speed = frames_per_second
            return


def _add_marker(out: EventList, value: str, rate: Fraction, place: str) -> None:
    """Adds a locator: timecode, color, label."""
    parts = value.split(maxsplit=2)
    if parts and Timecode.parse(parts[0], rate):
        out.markers.append((_frames(parts[0], rate, place), parts[2] if len(parts) > 2 else ""))
