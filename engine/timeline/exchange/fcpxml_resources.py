"""The resources of an FCPXML document: formats, assets, compound and multicam media."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.errors import RequestError
from engine.timeline.exchange.fcpxml_values import TAKE_KEY, parse_time, rate_of
from engine.timeline.exchange.timeline import ExchangeMedia, IssueLog

if TYPE_CHECKING:
    from lxml import etree

_SAMPLE_RATES = {"32k": 32_000, "44.1k": 44_100, "48k": 48_000, "88.2k": 88_200, "96k": 96_000, "192k": 192_000}


@dataclass(frozen=True, slots=True)
class Format:
    """A picture format: the rate in frames per second, None if it is undefined, and the size in pixels."""

    rate: Fraction | None
    width: int
    height: int


@dataclass(slots=True)
class Resources:
    """The resources by their ids; `media` are the recordings, `nested` the compound and multicam media."""

    formats: dict[str, Format] = field(default_factory=dict)
    media: dict[str, ExchangeMedia] = field(default_factory=dict)
    nested: dict[str, etree._Element] = field(default_factory=dict)
    effects: dict[str, str] = field(default_factory=dict)


def where(element: etree._Element) -> str:
    """The line of an element and its tag with its name, for issues."""
    name = element.get("name")
    return f"line {element.sourceline}: <{element.tag}>" + (f" “{name}”" if name else "")


def integer(element: etree._Element, attribute: str) -> int:
    """A count or size; 0 if it is missing or malformed."""
    text = (element.get(attribute) or "").strip()
    return int(text) if text.isdecimal() and len(text) < 8 else 0


def read_resources(root: etree._Element, log: IssueLog) -> Resources:
    """The resources of a document. A malformed one is a problem in the log, and is left out."""
    out = Resources()
    for element in root.iterfind("resources/format"):
        try:
            text = element.get("frameDuration")
            duration = parse_time(text) if text else None
            if duration is not None and duration <= 0:
                raise ValueError(f"a frame cannot last {text}")
        except ValueError as error:
            log.problem(f"{where(element)}: {error}")
            continue
        rate = rate_of(duration) if duration else None
        out.formats[element.get("id", "")] = Format(rate, integer(element, "width"), integer(element, "height"))
    for element in root.iterfind("resources/effect"):
        out.effects[element.get("id", "")] = f"{element.get('name', '')} {element.get('uid', '')}".strip()
    for element in root.iterfind("resources/media"):
        out.nested[element.get("id", "")] = element
    for element in root.iterfind("resources/asset"):
        try:
            out.media[element.get("id", "")] = _asset(element, out.formats)
        except ValueError as error:
            log.problem(f"{where(element)}: {error}")
    return out


def _asset(element: etree._Element, formats: dict[str, Format]) -> ExchangeMedia:
    original = element.find("media-rep[@kind='original-media']")
    source = original if original is not None else element.find("media-rep")
    location = (source.get("src") if source is not None else element.get("src")) or ""
    picture = formats.get(element.get("format", "")) if element.get("hasVideo", "0") == "1" else None
    take = element.find(f"metadata/md[@key='{TAKE_KEY}']")
    rate = element.get("audioRate", "")
    duration = element.get("duration")
    return ExchangeMedia(
        key=element.get("id", ""),
        name=element.get("name") or location.rpartition("/")[2],
        location=location,
        take=(take.get("value") or "") if take is not None else "",
        origin=parse_time(element.get("start", "0s")),
        duration=parse_time(duration) if duration else None,
        rate=picture.rate if picture else None,
        width=picture.width if picture else 0,
        height=picture.height if picture else 0,
        channels=max(1, integer(element, "audioChannels")) if element.get("hasAudio", "0") == "1" else 0,
        sample_rate=_SAMPLE_RATES.get(rate) or integer(element, "audioRate") or 48_000,
    )


def choose_sequence(root: etree._Element, name: str | None) -> tuple[str, etree._Element]:
    """The name and the sequence of the only project, or of the project `name`.

    Raises RequestError if there is none, or if there are several and no name is given.
    """
    projects = [project for project in root.iter("project") if project.find("sequence") is not None]
    names = [project.get("name") or "Untitled" for project in projects]
    if not projects:
        raise RequestError(
            "The FCPXML has no project with a sequence.", "In Final Cut, select a project and export it."
        )
    if name is None and len(projects) > 1:
        raise RequestError(
            f"The FCPXML has {len(projects)} projects: {', '.join(names)}.", "Choose one: --sequence NAME."
        )
    index = 0 if name is None else next((n for n, one in enumerate(names) if one == name), None)
    if index is None:
        raise RequestError(f"The FCPXML has no project “{name}”.", f"It has: {', '.join(names)}.")
    sequence = projects[index].find("sequence")
    assert sequence is not None
    return names[index], sequence
