"""Reads FCPXML 1.5 to 1.14: the primary storyline of a project as a cut, and what it has beside it."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.time import Timecode
from engine.timeline.cut import Alternate, Clip, Cut, CutMarker, Transition
from engine.timeline.exchange.fcpxml_captions import read_captions
from engine.timeline.exchange.fcpxml_pieces import STORY, MediaPiece, PieceFinder, active
from engine.timeline.exchange.fcpxml_resources import Resources, choose_sequence, read_resources, where
from engine.timeline.exchange.fcpxml_sound import SoundEdges, join_sound, side_of
from engine.timeline.exchange.fcpxml_values import named_rate, parse_gain, parse_time
from engine.timeline.exchange.moving_transitions import parse_transition
from engine.timeline.exchange.safe_xml import parse_xml
from engine.timeline.exchange.timeline import CutCaption, ExchangeTimeline, IssueLog

if TYPE_CHECKING:
    from lxml import etree

# What the elements are called in issues. Media, roles, collections and colour management need no mention.
_LEFT_OUT = {
    "filter-video": "video effects", "filter-video-mask": "video effects", "filter-audio": "audio effects",
    "adjust-crop": "crops", "adjust-corners": "distortions", "adjust-transform": "positions and sizes",
    "adjust-blend": "opacities", "adjust-stabilization": "stabilizations", "adjust-360-transform": "360° adjustments",
    "adjust-loudness": "audio enhancements", "adjust-noiseReduction": "audio enhancements",
    "adjust-humReduction": "audio enhancements", "adjust-EQ": "audio enhancements",
    "adjust-matchEQ": "audio enhancements", "adjust-panner": "pans", "keyframe": "keyframes", "mute": "mutes",
    "keyword": "keywords", "rating": "ratings", "caption": "captions", "timeMap": "speed changes",
}  # fmt: skip


@dataclass(slots=True)
class _Walk:
    """The state while the storyline is read; `edge` is the end of the last clip, in ticks of the cut."""

    rate: Fraction
    begin: Fraction
    edge: int = 0
    clips: list[Clip] = field(default_factory=list)
    sides: list[SoundEdges] = field(default_factory=list)
    transition: tuple[Transition, etree._Element, Fraction, Fraction] | None = None
    captions: list[CutCaption] = field(default_factory=list)

    def tick(self, seconds: Fraction) -> int:
        return round((seconds - self.begin) * self.rate)

    def add(self, clip: Clip, side: SoundEdges) -> None:
        self.clips.append(replace(clip, id=str(len(self.clips) + 1)))
        self.sides.append(side)
        self.edge += clip.length


def read_fcpxml(data: bytes, sequence: str | None = None) -> ExchangeTimeline:
    """The project named `sequence`, or the only one, as a cut of the file's assets.

    Connected clips, titles and effects are issues; compound, multicam and synchronized clips are resolved into their
    primary clips. Raises RequestError if the data is no FCPXML with a project and a frame rate.
    """
    root = parse_xml(data, "fcpxml", "FCPXML")
    if not re.fullmatch(r"1\.\d{1,2}", root.get("version", "")):
        raise RequestError(f"The FCPXML has the version “{root.get('version', '')}”; versions 1.5 to 1.14 are known.")
    log = IssueLog()
    resources = read_resources(root, log)
    name, element = choose_sequence(root, sequence)
    shown = resources.formats.get(element.get("format", ""))
    if shown is None or shown.rate is None:
        raise RequestError(f"The sequence of “{name}” has no format with a frame rate.", "Export the file again.")
    try:
        begin = parse_time(element.get("tcStart", "0s"))
    except ValueError as error:
        raise RequestError(f"The start of the sequence “{name}” cannot be read: {error}.") from error
    walk = _Walk(shown.rate, begin)
    _read_spine(element, walk, PieceFinder(resources, log), resources, log)
    _note_contents(element, shown.rate, log)
    cut = Cut(name, shown.rate, shown.width or 1920, shown.height or 1080, tuple(walk.clips))
    start = Timecode(shown.rate, round(begin * shown.rate), element.get("tcFormat") == "DF")
    return ExchangeTimeline(
        join_sound(cut, walk.sides, resources.media, log),
        resources.media,
        start,
        tuple(log.issues),
        captions=tuple(sorted(walk.captions, key=lambda one: one.start)),
    )


def _read_spine(
    sequence: etree._Element, walk: _Walk, finder: PieceFinder, resources: Resources, log: IssueLog
) -> None:
    default = walk.begin
    spine = sequence.find("spine")
    for element in [] if spine is None else spine:
        shown = active(element)
        try:
            if element.tag == "transition":
                _read_transition(element, walk, resources, log)
                continue
            if element.tag not in STORY or shown is None:
                log.problem(f"{where(element)} is not part of a storyline")
                continue
            offset = parse_time(element.get("offset")) if element.get("offset") else default
            duration, start = finder.duration(shown), finder.start(shown)
            pieces = list(finder.pieces(shown, start, start + duration))
            gain, side = _gain(shown, log), side_of(shown, offset - walk.begin, start, duration)
            markers = _read_markers(shown)
            alternates = _read_alternates(element, finder, walk.rate, log)
            walk.captions += read_captions(shown, offset - walk.begin, start, walk.rate)
        except ValueError as error:
            log.problem(f"{where(element)}: {error}")
            continue
        default = offset + duration
        first = walk.tick(offset)
        if first > walk.edge:
            log.note(
                f"{where(element)} begins {first - walk.edge} frames after the clip before it: a gap is between them"
            )
            walk.add(Clip("", None, 0, first - walk.edge), SoundEdges())
        elif first < walk.edge:
            log.problem(f"{where(element)} begins {walk.edge - first} frames before the end of the clip before it")
        transition = _join_transition(walk, offset)
        names = {one.key: one.name for one in resources.media.values()}
        for number, piece in enumerate(pieces):
            length = walk.tick(offset + piece.local - start + piece.duration) - walk.edge
            if length < 1:
                log.note(f"{where(element)} has a part of less than one frame, which is left out")
                continue
            at = round(piece.start * walk.rate)
            if at < 0:
                log.problem(f"{where(element)} begins {-at} frames before its recording")
            name = "" if piece.media is not None and piece.name == names.get(piece.media) else piece.name
            clip = Clip("", piece.media, max(0, at), length, name, gain_db=gain if piece.media else 0.0)
            clip = replace(clip, markers=_markers_of(pieces, number, markers, walk.rate))
            if number == 0:
                clip = replace(clip, transition=transition, alternates=alternates, reason=_note_of(shown))
            walk.add(clip, side if len(pieces) == 1 else SoundEdges())
    if walk.transition is not None:
        log.note(f"{where(walk.transition[1])} at the end of the storyline is left out")


def _gain(element: etree._Element, log: IssueLog) -> float:
    volume = element.find("adjust-volume")
    if volume is None:
        return 0.0
    if volume.find(".//keyframeAnimation") is not None:
        log.note("animated volumes")
    gain = parse_gain(volume.get("amount", "0dB"))
    if gain is None:
        raise ValueError(f"“{volume.get('amount')}” is no volume")
    return gain


def _note_of(element: etree._Element) -> str:
    return (element.findtext("note") or "").strip()


def _read_alternates(
    element: etree._Element, finder: PieceFinder, rate: Fraction, log: IssueLog
) -> tuple[Alternate, ...]:
    if element.tag != "audition":
        return ()
    out = []
    for other in [child for child in element if child.tag in STORY][1:]:
        start, duration = finder.start(other), finder.duration(other)
        pieces = [piece for piece in finder.pieces(other, start, start + duration) if piece.media is not None]
        if len(pieces) != 1:
            log.note(f"{where(other)} is no single clip and is left out of the alternates")
            continue
        begin, end = round(pieces[0].start * rate), round((pieces[0].start + pieces[0].duration) * rate)
        out.append(Alternate(pieces[0].media or "", max(0, begin), max(1, end - max(0, begin)), _note_of(other)))
        if other.find("marker") is not None or other.find("chapter-marker") is not None:
            log.note("markers of alternates")
    return tuple(out)


def _read_markers(element: etree._Element) -> list[tuple[Fraction, etree._Element]]:
    return [(parse_time(one.get("start")), one) for one in element if one.tag in ("marker", "chapter-marker")]


def _markers_of(
    pieces: list[MediaPiece], number: int, markers: list[tuple[Fraction, etree._Element]], rate: Fraction
) -> tuple[CutMarker, ...]:
    """The markers of a piece; those outside of all pieces belong to the first or the last."""
    piece = pieces[number]
    after = number == len(pieces) - 1
    return tuple(
        CutMarker(
            round((piece.start + at - piece.local) * rate),
            one.get("value", ""),
            "chapter" if one.tag == "chapter-marker" else "marker",
        )
        for at, one in markers
        if (piece.local <= at or number == 0) and (at < piece.local + piece.duration or after)
    )


def _read_transition(element: etree._Element, walk: _Walk, resources: Resources, log: IssueLog) -> None:
    duration = parse_time(element.get("duration"))
    if duration < 0:
        raise ValueError(f"lasts {element.get('duration')}")
    offset = parse_time(element.get("offset")) if element.get("offset") else None
    effect = element.find("filter-video")
    named = resources.effects.get(effect.get("ref", ""), "") if effect is not None else ""
    title = f"{element.get('name', '')} {named}".lower()
    dip = "fade to color" in title or "dip" in title
    moving = parse_transition(element.get("name", ""))
    if not (dip or moving or "cross dissolve" in title):
        log.note(f"{where(element)} becomes a dissolve")
    if not walk.clips:
        log.note(f"{where(element)} at the begin of the storyline is left out")
        return
    # Without an offset the transition lies half before and half after the edit, which is the end of the last clip.
    edit = walk.begin + walk.edge / walk.rate
    begin = edit - duration / 2 if offset is None else offset
    made = moving or Transition("dip" if dip else "dissolve", 0, 0)
    walk.transition = made, element, begin, begin + duration


def _join_transition(walk: _Walk, edit: Fraction) -> Transition | None:
    """The waiting transition around an edit, in whole frames."""
    if walk.transition is None:
        return None
    transition, _, begin, end = walk.transition
    walk.transition = None
    before, after = walk.edge - walk.tick(begin), walk.tick(end) - walk.edge
    return replace(transition, before=max(0, before), after=max(0, after)) if before + after > 0 else None


def _note_contents(sequence: etree._Element, rate: Fraction, log: IssueLog) -> None:
    """Notes everything in the sequence that a cut has no place for, with its number."""
    counts: Counter[str] = Counter()
    for element in sequence.iter():
        if element.tag in _LEFT_OUT and not _within_transition(element):
            counts[_LEFT_OUT[element.tag]] += 1
        if element.get("lane", "0") != "0" and element.tag in {*STORY, "spine"} and not _own_sound(element):
            counts["connected clips and storylines"] += 1
        if element.tag == "conform-rate" and element.get("scaleEnabled", "1") == "1":
            source = named_rate(element.get("srcFrameRate", ""))
            if source is not None and source != rate:
                counts[f"conforms of {float(source):.5g} to {float(rate):.5g} frames per second"] += 1
    for content, count in sorted(counts.items()):
        log.note(f"{content}: {count}")


def _own_sound(element: etree._Element) -> bool:
    """Whether an element is the sound of the picture that contains it."""
    parent = element.getparent()
    return element.tag == "audio" and parent is not None and parent.get("ref") == element.get("ref")


def _within_transition(element: etree._Element) -> bool:
    parent = element.getparent()
    return parent is not None and parent.tag == "transition"
