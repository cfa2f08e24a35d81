"""Reads Final Cut Pro 7 XML (xmeml), which Premiere Pro and DaVinci Resolve write."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline.cut import Clip, Cut, CutMarker, Transition
from engine.timeline.exchange.fcp7_writer import CHAPTER
from engine.timeline.exchange.moving_transitions import parse_transition, wipe_direction
from engine.timeline.exchange.safe_xml import parse_xml
from engine.timeline.exchange.timeline import ExchangeMedia, ExchangeTimeline, IssueLog

if TYPE_CHECKING:
    from lxml import etree


def read_fcp7(data: bytes, sequence: str | None = None) -> ExchangeTimeline:
    """The sequence with this name, or the only one, as a cut: its first picture track with the sound that follows it.

    Raises RequestError if the data is no such XML, has no sequence, or has no frame rate.
    """
    root = parse_xml(data, "xmeml", "Final Cut Pro 7 XML")
    sequences = [one for one in root.iter("sequence") if one.find("media/video/track") is not None]
    named = [one for one in sequences if sequence in (None, one.findtext("name"))]
    names = ", ".join(one.findtext("name") or "Untitled" for one in sequences)
    if not named:
        raise RequestError(
            f"The file has no sequence “{sequence}”." if sequences else "The file has no sequence with a picture.",
            f"It has: {names}." if sequences else "Export the sequence again.",
        )
    # A sequence within another one is nested.
    outer = [one for one in named if not any(parent.tag == "sequence" for parent in one.iterancestors())]
    if sequence is None and len(outer) > 1:
        raise RequestError(f"The file has {len(outer)} sequences: {names}.", "Choose one: --sequence NAME.")
    return _Reader((outer or named)[0]).read()


def read_rate(element: etree._Element) -> Fraction | None:
    """The exact rate of an element's `rate`: a timebase of 30 with NTSC is 30000/1001. None without one."""
    text = (element.findtext("rate/timebase") or "").strip()
    if not text.isdecimal() or not 0 < int(text) <= 1000:
        return None
    ntsc = (element.findtext("rate/ntsc") or "").strip().upper() == "TRUE"
    return Fraction(int(text) * 1000, 1001) if ntsc else Fraction(int(text))


class _Reader:
    def __init__(self, sequence: etree._Element) -> None:
        rate = read_rate(sequence)
        if rate is None:
            raise RequestError(f"The sequence “{sequence.findtext('name')}” has no frame rate.", "Export it again.")
        self._sequence, self._rate = sequence, rate
        self._log = IssueLog()
        self._media: dict[str, ExchangeMedia] = {}
        self._clips: list[Clip] = []
        self._items: dict[str, int] = {}
        self._edge = 0

    def read(self) -> ExchangeTimeline:
        tracks = self._sequence.findall("media/video/track")
        for track in tracks[1:]:
            count = len(track.findall("clipitem")) + len(track.findall("generatoritem"))
            if count:
                self._log.note(f"clips on further picture tracks: {count}")
        self._read_picture(tracks[0])
        length = _whole(self._sequence, "duration")
        if length is not None and length > self._edge:
            self._push(Clip("", None, 0, length - self._edge))
        if not self._clips:
            raise RequestError("The sequence is empty.", "Export another one.")
        name = self._sequence.findtext("name") or "Untitled"
        width = _whole(self._sequence, "media/video/format/samplecharacteristics/width") or 1920
        height = _whole(self._sequence, "media/video/format/samplecharacteristics/height") or 1080
        cut = self._with_sound(Cut(name, self._rate, width, height, tuple(self._clips)))
        first = _whole(self._sequence, "timecode/frame") or 0
        drop = self._sequence.findtext("timecode/displayformat") == "DF"
        return ExchangeTimeline(cut, self._media, Timecode(self._rate, first, drop), tuple(self._log.issues))

    def _read_picture(self, track: etree._Element) -> None:
        items = [item for item in track if item.tag in ("clipitem", "generatoritem", "transitionitem")]
        for index, item in enumerate(items):
            place = f"line {item.sourceline}: “{item.findtext('name') or item.tag}”"
            if item.tag == "transitionitem":
                continue
            into = items[index - 1] if index and items[index - 1].tag == "transitionitem" else None
            after = items[index + 1] if index + 1 < len(items) and items[index + 1].tag == "transitionitem" else None
            span = self._span(item, into, after)
            if span is None:
                self._log.problem(f"{place} has no start or end")
                continue
            start, end, first = span
            if start < self._edge:
                self._log.problem(f"{place} begins {self._edge - start} frames before the end of the clip before it")
                first, start = first + self._edge - start, self._edge
            if start > self._edge:
                self._push(Clip("", None, 0, start - self._edge))
            if end <= start:
                continue
            self._items[item.get("id", "")] = len(self._clips)
            self._push(self._clip(item, first, end - start, self._transition(into, start), place))

    def _span(
        self, item: etree._Element, into: etree._Element | None, after: etree._Element | None
    ) -> tuple[int, int, int] | None:
        """Start and end in the sequence, and the first frame of the media; the edit of a transition is its middle."""
        start, end = _whole(item, "start"), _whole(item, "end")
        first = _whole(item, "in") or 0
        own = read_rate(item) or self._rate
        first = round(first * self._rate / own)
        if start == -1 and into is not None:
            edges = _whole(into, "start"), _whole(into, "end")
            if edges[0] is None or edges[1] is None:
                return None
            edit = edges[0] + (edges[1] - edges[0]) // 2
            start, first = edit, first + edit - edges[0]
        if end == -1 and after is not None:
            edges = _whole(after, "start"), _whole(after, "end")
            if edges[0] is None or edges[1] is None:
                return None
            end = edges[0] + (edges[1] - edges[0]) // 2
        return (start, end, first) if start is not None and end is not None and start >= 0 else None

    def _transition(self, element: etree._Element | None, edit: int) -> Transition | None:
        if element is None:
            return None
        start, end = _whole(element, "start"), _whole(element, "end")
        if not self._clips or start is None or end is None or end <= start:
            self._log.note(f"line {element.sourceline}: a transition at the begin is left out")
            return None
        title = f"{element.findtext('effect/name')} {element.findtext('effect/effectid')}".lower()
        dip = "dip" in title or "fade" in title
        moving = parse_transition(
            element.findtext("effect/comment") or "", max(0, edit - start), max(0, end - edit)
        ) or _wipe(element, max(0, edit - start), max(0, end - edit))
        if moving:
            return moving
        if not dip and "cross dissolve" not in title:
            self._log.note(f"line {element.sourceline}: “{element.findtext('effect/name')}” becomes a dissolve")
        return Transition("dip" if dip else "dissolve", max(0, edit - start), max(0, end - edit))

    def _clip(self, item: etree._Element, first: int, length: int, transition: Transition | None, place: str) -> Clip:
        name = item.findtext("name") or ""
        file = item.find("file")
        if item.tag == "generatoritem" or (file is None and item.find("sequence") is None):
            self._log.note(f"{place} is generated and becomes a gap")
        elif file is None:
            self._log.note(f"{place} is a nested sequence and becomes a gap")
        if file is None or item.findtext("enabled") == "FALSE":
            if file is not None:
                self._log.note(f"{place} is disabled and becomes a gap")
            return Clip("", None, 0, length, name, transition=transition)
        one = self._file(file)
        effects = [effect.findtext("name") or "effect" for effect in item.iterfind("filter/effect")]
        for effect in effects:
            speed = effect.lower() in ("time remap", "speed")
            self._log.note(f"{place}: the {'speed change' if speed else f'effect “{effect}”'} is left out")
        if first < 0:
            self._log.problem(f"{place} begins {-first} frames before its recording")
        own = read_rate(item) or self._rate
        markers = tuple(
            CutMarker(
                round((_whole(marker, "in") or 0) * self._rate / own),
                marker.findtext("name") or "",
                "chapter" if marker.findtext("comment") == CHAPTER else "marker",
            )
            for marker in item.iterfind("marker")
        )
        shown = "" if name == one.name else name
        reason = item.findtext("comments/mastercomment1") or ""
        return Clip("", one.key, max(0, first), length, shown, transition=transition, markers=markers, reason=reason)

    def _file(self, element: etree._Element) -> ExchangeMedia:
        key = element.get("id") or element.findtext("pathurl") or element.findtext("name") or "file"
        if key not in self._media:
            rate = read_rate(element)
            frames = _whole(element, "duration")
            code = _whole(element, "timecode/frame")
            drop = element.findtext("timecode/displayformat") == "DF"
            if code is None and rate:
                parsed = Timecode.parse(element.findtext("timecode/string"), rate)
                code, drop = (parsed.first, parsed.drop) if parsed else (None, False)
            picture = element.find("media/video") is not None
            location = (element.findtext("pathurl") or "").replace("file://localhost/", "file:///")
            self._media[key] = ExchangeMedia(
                key=key,
                name=element.findtext("name") or location.rpartition("/")[2],
                location=location,
                origin=code / rate if code is not None and rate else Fraction(0),
                drop=drop,
                duration=frames / rate if frames and rate else None,
                rate=rate if picture else None,
                width=_whole(element, "media/video/samplecharacteristics/width") or 0,
                height=_whole(element, "media/video/samplecharacteristics/height") or 0,
                channels=(_whole(element, "media/audio/channelcount") or 1)
                if element.find("media/audio") is not None
                else 0,
            )
        return self._media[key]

    def _with_sound(self, cut: Cut) -> Cut:
        """Gain and split edits of the sound clips that are linked with a picture."""
        edges: dict[int, tuple[int, int]] = {}
        clips = list(cut.clips)
        alone = 0
        for item in self._sequence.iterfind("media/audio/track/clipitem"):
            links = [
                self._items[ref]
                for ref in (one.text or "" for one in item.iterfind("link/linkclipref"))
                if ref in self._items
            ]
            start, end = _whole(item, "start"), _whole(item, "end")
            if not links:
                alone += 1
                continue
            if start is not None and end is not None and 0 <= start < end:
                edges.setdefault(links[0], (start, end))
            level = item.find("filter/effect[effectid='audiolevels']/parameter[parameterid='level']/value")
            gain = _decibels(level.text or "") if level is not None else None
            if gain is not None:
                clips[links[0]] = replace(clips[links[0]], gain_db=gain)
        if alone:
            self._log.note(f"sound clips without a picture: {alone}")
        positions = cut.positions
        for index in range(1, len(clips)):
            position = positions[index]
            edge = edges[index][0] if index in edges else edges[index - 1][1] if index - 1 in edges else position
            if edge != position:
                clips[index] = replace(clips[index], sound_offset=cut.sample(edge) - cut.sample(position))
        return replace(cut, clips=tuple(clips))

    def _push(self, clip: Clip) -> None:
        self._clips.append(replace(clip, id=str(len(self._clips) + 1)))
        self._edge += clip.length


def _wipe(element: etree._Element, before: int, after: int) -> Transition | None:
    """The straight wipe of another program; None for another effect."""
    code = _whole(element, "effect/wipecode")
    if code is None or "edge wipe" not in (element.findtext("effect/name") or "").lower():
        return None
    backwards = (element.findtext("effect/reverse") or "").upper() == "TRUE"
    direction = wipe_direction(code + 100 * backwards)
    return Transition("wipe", before, after, direction) if direction else None


def _whole(element: etree._Element, path: str) -> int | None:
    """A whole number; None if it is missing or malformed."""
    text = (element.findtext(path) or "").strip()
    digits = text.removeprefix("-")
    return int(text) if digits.isdecimal() and len(digits) < 16 else None


def _decibels(level: str) -> float | None:
    """The decibels of a linear level, rounded to a thousandth; None if it is no positive number."""
    try:
        value = float(level)
    except ValueError:
        return None
    return round(20 * math.log10(value), 3) if 0 < value < 1e6 else None
