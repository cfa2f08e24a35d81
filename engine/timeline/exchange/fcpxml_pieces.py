"""Story elements of FCPXML as stretches of media: clips, auditions, compound, multicam and synchronized clips."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.timeline.exchange.fcpxml_resources import Resources, where
from engine.timeline.exchange.fcpxml_values import parse_time
from engine.timeline.exchange.timeline import IssueLog

if TYPE_CHECKING:
    from lxml import etree

STORY = frozenset(
    (
        "asset-clip",
        "clip",
        "video",
        "audio",
        "title",
        "gap",
        "ref-clip",
        "mc-clip",
        "sync-clip",
        "audition",
        "live-drawing",
    )
)

# Compound clips may contain compound clips; a file in which one contains itself ends here.
_DEEPEST = 12

# Nested clips multiply: a small file could have a million stretches.
_MOST_PIECES = 100_000


@dataclass(frozen=True, slots=True)
class MediaPiece:
    """A stretch of a recording, or of nothing (`media` None), within a story element. All times are in seconds.

    `local` is its begin in the element's local time, `start` its begin after the recording's first frame.
    """

    media: str | None
    local: Fraction
    start: Fraction
    duration: Fraction
    name: str = ""


def active(element: etree._Element) -> etree._Element | None:
    """The element that is shown: the first one of an audition, otherwise the element itself."""
    return next((child for child in element if child.tag in STORY), None) if element.tag == "audition" else element


class PieceFinder:
    """Resolves story elements of one document into pieces."""

    def __init__(self, resources: Resources, log: IssueLog) -> None:
        self._resources, self._log = resources, log
        self._found = 0

    def start(self, element: etree._Element) -> Fraction:
        """The begin of an element in its local time. Raises ValueError."""
        text = element.get("start")
        if text is not None:
            return parse_time(text)
        ref = element.get("ref", "")
        if element.tag in ("asset-clip", "video", "audio") and ref in self._resources.media:
            return self._resources.media[ref].origin or Fraction(0)
        inner = self._nested(element)
        return parse_time(inner.get("tcStart", "0s")) if inner is not None else Fraction(0)

    def duration(self, element: etree._Element) -> Fraction:
        """The duration of an element, if necessary that of its media. Raises ValueError."""
        text = element.get("duration")
        if text is None and element.tag == "asset-clip" and element.get("ref", "") in self._resources.media:
            known = self._resources.media[element.get("ref", "")].duration
            if known is not None:
                return known
        inner = self._nested(element)
        if text is None and inner is not None:
            text = inner.get("duration")
        if text is None:
            raise ValueError("has no duration")
        duration = parse_time(text)
        if duration < 0:
            raise ValueError(f"lasts {text}")
        return duration

    def pieces(self, element: etree._Element, begin: Fraction, end: Fraction, depth: int = 0) -> Iterator[MediaPiece]:
        """The stretches between two local times of an element, without holes."""
        media = self._resources.media.get(element.get("ref", ""))
        self._found += 1
        if self._found > _MOST_PIECES:
            raise RequestError(f"The FCPXML has more than {_MOST_PIECES:,} clips in its compound clips.")
        if begin >= end:
            return
        if element.get("enabled") == "0":
            self._log.note(f"{where(element)} is disabled and becomes a gap")
        elif element.tag in ("asset-clip", "video", "audio") and media is not None:
            start = _retimed(element, begin) - (media.origin or 0)
            yield MediaPiece(media.key, begin, start, end - begin, element.get("name") or media.name)
            return
        elif element.tag in ("clip", "sync-clip"):
            yield from self._series(element, begin, end, Fraction(0), depth + 1)
            return
        elif element.tag in ("ref-clip", "mc-clip") and self._nested(element) is not None:
            inner = self._angle(element)
            if inner is not None:
                base = self._nested(element)
                origin = parse_time(base.get("tcStart", "0s")) if base is not None else Fraction(0)
                yield from self._series(inner, begin, end, origin, depth + 1)
                return
            self._log.problem(f"{where(element)} has no picture angle in the file")
        elif element.tag == "title":
            self._log.note(f"{where(element)} is a title and becomes a gap")
        elif element.tag == "video" and element.get("ref", "") in self._resources.effects:
            self._log.note(f"{where(element)} is a generator and becomes a gap")
        elif element.tag == "live-drawing":
            self._log.note(f"{where(element)} is a drawing and becomes a gap")
        elif element.tag != "gap":
            self._log.problem(f"{where(element)} refers to “{element.get('ref')}”, which the file does not define")
        name = element.get("name") or ""
        yield MediaPiece(None, begin, Fraction(0), end - begin, "" if name == "Gap" else name)

    def _series(
        self, container: etree._Element, begin: Fraction, end: Fraction, base: Fraction, depth: int
    ) -> Iterator[MediaPiece]:
        """The stretches between two times of a container's clock, on which its primary storyline lies."""
        if depth > _DEEPEST:
            self._log.problem(f"{where(container)} is nested more than {_DEEPEST} times, or contains itself")
            yield MediaPiece(None, begin, Fraction(0), end - begin)
            return
        spine = next((child for child in container if child.tag == "spine" and child.get("lane", "0") == "0"), None)
        position = begin
        for child in container if spine is None else spine:
            if child.tag not in STORY or child.get("lane", "0") != "0":
                continue
            shown = active(child)
            if shown is None:
                continue
            try:
                offset = parse_time(child.get("offset")) if child.get("offset") else base
                length, local = self.duration(shown), self.start(shown)
            except ValueError as error:
                self._log.problem(f"{where(child)}: {error}")
                continue
            base = offset + length
            first, last = max(position, offset), min(end, offset + length)
            if first >= last:
                continue
            if first > position:
                yield MediaPiece(None, position, Fraction(0), first - position)
            for piece in self.pieces(shown, local + first - offset, local + last - offset, depth):
                yield replace(piece, local=first + piece.local - (local + first - offset))
            position = last
        if position < end:
            yield MediaPiece(None, position, Fraction(0), end - position)

    def _nested(self, element: etree._Element) -> etree._Element | None:
        """The sequence or multicam that an element refers to."""
        if element.tag not in ("ref-clip", "mc-clip"):
            return None
        media = self._resources.nested.get(element.get("ref", ""))
        return next(iter(media), None) if media is not None else None

    def _angle(self, element: etree._Element) -> etree._Element | None:
        """The storyline that an element shows: a compound clip's, or the active picture angle's."""
        inner = self._nested(element)
        if inner is None or inner.tag != "multicam":
            return inner
        source = next(
            (one for one in element.iterfind("mc-source") if one.get("srcEnable", "all") in ("all", "video")), None
        )
        if source is None:
            return None
        return next((one for one in inner.iterfind("mc-angle") if one.get("angleID") == source.get("angleID")), None)


def _retimed(element: etree._Element, local: Fraction) -> Fraction:
    """The media time of a local time, by the linear parts of a speed change."""
    points = []
    for point in element.iterfind("timeMap/timept"):
        points.append((parse_time(point.get("time")), parse_time(point.get("value"))))
    for (time, value), (later, beyond) in pairwise(points):
        if time <= local <= later and later > time:
            return value + (local - time) * (beyond - value) / (later - time)
    return local
