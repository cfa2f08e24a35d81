"""Reads CMX 3600 edit decision lists."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline.cut import Clip, Cut, CutMarker, Transition
from engine.timeline.exchange.edl_events import Event, parse_edl
from engine.timeline.exchange.moving_transitions import COMMENT, parse_transition, wipe_direction
from engine.timeline.exchange.timeline import ExchangeMedia, ExchangeTimeline, IssueLog

TAKE_COMMENT = "CLEANWATER TAKE"
CHAPTER_PREFIX = "CHAPTER "
BLACK = "BL"
_NO_REEL = "AX"
_FILES = ("SOURCE FILE", "FROM CLIP", "FROM FILE", "FILE NAME")


def read_edl(data: bytes, rate: Fraction, width: int = 1920, height: int = 1080) -> ExchangeTimeline:
    """A list as a cut of `rate` frames per second: a list has neither a rate nor a canvas.

    `Clip.start` is in the timecode of the media. A dissolve lies half before and half after the edit. Raises
    RequestError if the data is no list, or if its timecodes do not exist at the rate.
    """
    log = IssueLog()
    listed = parse_edl(data, rate, log)
    day = _day(rate, listed.drop)
    pictures = [event for event in listed.events if event.has_picture]
    chosen = pictures or [event for event in listed.events if event.has_sound]
    if not pictures:
        log.note("the list has sound alone")
        chosen = _one_channel(chosen)
    reader = _Reader(_begin(chosen, day), rate, day, log)
    reader.add_events(chosen)
    if not reader.clips:
        raise RequestError("The list has no events with a length.", "Export the EDL again as CMX 3600.")
    cut = Cut(listed.title or "EDL", rate, width, height, tuple(reader.clips))
    if pictures:
        cut = _with_split_edits(cut, reader, [e for e in listed.events if e.has_sound and not e.has_picture], log)
    cut = _with_markers(cut, listed.markers, reader.begin, log)
    start = Timecode(rate, reader.begin, listed.drop)
    return ExchangeTimeline(cut, reader.media, start, tuple(log.issues), by_timecode=True)


def _day(rate: Fraction, drop: bool) -> int:
    """The frames of 24 hours of timecode."""
    base = round(rate)
    return 24 * 6 * (600 * base - (9 * (base // 15) if drop else 0))


def _begin(events: list[Event], day: int) -> int:
    """The record timecode of the first frame; that of the first event if the list runs past midnight."""
    starts = [event.record[0] for event in events]
    return starts[0] if max(starts) - min(starts) > day // 2 else min(starts)


def _one_channel(events: list[Event]) -> list[Event]:
    """The events of the first sound channels, so that several channels of one sound are one clip."""
    first = events[0].channels if events else ""
    return [event for event in events if event.channels == first]


class _Reader:
    """Adds events to clips in the order of their record times; `begin` is the record timecode of the first frame."""

    def __init__(self, begin: int, rate: Fraction, day: int, log: IssueLog) -> None:
        self.begin, self._rate, self._day, self._log = begin, rate, day, log
        self.clips: list[Clip] = []
        self.media: dict[str, ExchangeMedia] = {}
        self._edge = 0

    def add_events(self, events: list[Event]) -> None:
        incoming_follows = {id(a) for a, b in pairwise(events) if b.number == a.number}
        for event in events:
            if event.kind == "K":
                self._log.note(f"event {event.number}: a key is left out")
                continue
            if self._length(event.record) == 0 and (id(event) in incoming_follows or event.kind == "C"):
                continue
            self._add(event)

    def _length(self, span: tuple[int, int]) -> int:
        return (span[1] - span[0]) % self._day

    def _add(self, event: Event) -> None:
        place = f"event {event.number}"
        length, source = self._length(event.record), self._length(event.source)
        first = (event.record[0] - self.begin) % self._day
        if event.speed is not None:
            state = "a still frame" if event.speed == 0 else f"at {event.speed:g} frames per second"
            self._log.note(f"{place}: {event.reel} plays {state}; the cut plays it at its recorded speed")
        elif source != length and event.reel != BLACK:
            self._log.problem(f"{place}: the source lasts {source} frames, the record {length}: timecode mismatch")
        if first < self._edge:
            self._log.problem(f"{place} begins {self._edge - first} frames before the end of the event before it")
            source_shift = self._edge - first
            if source_shift >= length:
                return
            event = replace(event, source=(event.source[0] + source_shift, event.source[1]))
            length, first = length - source_shift, self._edge
        elif first > self._edge:
            self._push(Clip("", None, 0, first - self._edge))
        key = self._media(event)
        start = event.source[0] if key else 0
        transition, before = self._transition(event, length, place)
        if before:
            self.clips[-1] = replace(self.clips[-1], length=self.clips[-1].length + before)
            self._edge += before
        name = event.name if key and TAKE_COMMENT in event.comments and event.name != self.media[key].file_name else ""
        self._push(Clip("", key, start + before if key else 0, length - before, name, transition=transition))

    def _transition(self, event: Event, length: int, place: str) -> tuple[Transition | None, int]:
        """The transition into an event, and its part before the edit."""
        if event.kind == "C" or event.length == 0:
            return None, 0
        if not self.clips:
            self._log.note(f"{place}: the transition at the begin of the list is left out")
            return None, 0
        before = min(event.length // 2, length - 1)
        after = event.length - before
        if named := parse_transition(event.comments.get(COMMENT, ""), before, after):
            return named, before
        if event.kind.startswith("W"):
            direction = wipe_direction(int(event.kind[1:]))
            if direction:
                return Transition("wipe", before, after, direction), before
            self._log.note(f"{place}: the wipe {event.kind} becomes a dissolve")
        return Transition("dissolve", before, after), before

    def _push(self, clip: Clip) -> None:
        self.clips.append(replace(clip, id=str(len(self.clips) + 1)))
        self._edge += clip.length

    def _media(self, event: Event) -> str | None:
        if event.reel == BLACK:
            return None
        name = event.name
        file = next((event.comments[key] for key in _FILES if key in event.comments), "")
        take = event.comments.get(TAKE_COMMENT, "")
        key = take or " ".join(part for part in (event.reel, name, file) if part)
        self.media.setdefault(
            key,
            ExchangeMedia(
                key, name or event.reel, file, take, "" if event.reel == _NO_REEL else event.reel, None, event.drop,
                rate=self._rate, channels=1 if event.has_sound else 0,
            ),
        )  # fmt: skip
        return key


def _with_split_edits(cut: Cut, reader: _Reader, sounds: list[Event], log: IssueLog) -> Cut:
    """The cut with the sound edits of events that cut the sound of a clip apart from its picture."""
    edges: dict[int, tuple[int, int]] = {}
    for event in sounds:
        begin = event.record[0] - reader.begin
        end = begin + event.record[1] - event.record[0]
        for index, (clip, position) in enumerate(zip(cut.clips, cut.positions, strict=True)):
            same = clip.take is not None and reader.media[clip.take].reel in (event.reel, "")
            in_step = clip.start - position == event.source[0] - begin
            if same and in_step and begin < position + clip.length and position < end and index not in edges:
                edges[index] = begin, end
                break
        else:
            log.note(f"event {event.number}: sound without its picture is left out")
    clips = list(cut.clips)
    positions = cut.positions
    for index in range(1, len(clips)):
        position = positions[index]
        end = edges.get(index - 1, (0, position))[1]
        begin = edges[index][0] if index in edges else end if clips[index].take is None else position
        if clips[index - 1].take is None:
            end = begin
        if begin != end:
            log.note(f"the sounds of clips {index} and {index + 1} do not meet")
        if begin != position:
            clips[index] = replace(clips[index], sound_offset=cut.sample(begin) - cut.sample(position))
    return replace(cut, clips=tuple(clips))


def _with_markers(cut: Cut, markers: list[tuple[int, str]], begin: int, log: IssueLog) -> Cut:
    clips, positions = list(cut.clips), cut.positions
    for at, label in markers:
        index = bisect_right(positions, at - begin) - 1
        if index < 0 or at - begin >= positions[index] + clips[index].length:
            log.note(f"the marker “{label}” outside of the list")
            continue
        chapter = label.startswith(CHAPTER_PREFIX)
        tick = clips[index].start + at - begin - positions[index]
        marker = CutMarker(tick, label.removeprefix(CHAPTER_PREFIX), "chapter" if chapter else "marker")
        clips[index] = replace(clips[index], markers=(*clips[index].markers, marker))
    return replace(cut, clips=tuple(clips))
