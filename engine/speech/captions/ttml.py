"""TTML captions in the text profile of IMSC 1.1 (W3C)."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from engine.speech.captions.cue import Cue, Position
from engine.speech.captions.textfile import written

if TYPE_CHECKING:
    from ttconv import model

PROFILE = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"

_METADATA = "http://www.w3.org/ns/ttml#metadata"
_TTML = "http://www.w3.org/ns/ttml"


def write_ttml(cues: Sequence[Cue], language: str = "") -> bytes:
    """An IMSC 1.1 text document in UTF-8; `language` is a BCP 47 tag. Speakers are agents (`ttm:agent`)."""
    from ttconv import model
    from ttconv.imsc import config, writer

    document = model.ContentDocument()
    document.set_lang(language)
    document.set_content_profiles({PROFILE})
    regions = {position: _region(document, position) for position in ("bottom", "top")}
    body, division = model.Body(document), model.Div(document)
    document.set_body(body)
    body.push_child(division)
    kept = list(written(cues))
    for number, cue in enumerate(kept, 1):
        division.push_child(_paragraph(document, cue, number, regions[cue.position]))
    settings = config.IMSCWriterConfiguration(profile_signaling=config.ContentProfilesSignaling.CONTENT_PROFILES)
    tree = writer.from_model(document, settings)
    _name_agents(tree.getroot(), kept)
    out = io.BytesIO()
    tree.write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue()


def _region(document: model.ContentDocument, position: Position) -> model.Region:
    """The caption region: the central 80 % of the picture, aligned to its top or bottom."""
    from ttconv import model
    from ttconv import style_properties as look

    def percent(value: float) -> look.LengthType:
        return look.LengthType(value, look.LengthType.Units.pct)

    region = model.Region(position, document)
    region.set_style(look.StyleProperties.Origin, look.CoordinateType(percent(10), percent(10)))
    region.set_style(look.StyleProperties.Extent, look.ExtentType(width=percent(80), height=percent(80)))
    edge = look.DisplayAlignType.after if position == "bottom" else look.DisplayAlignType.before
    region.set_style(look.StyleProperties.DisplayAlign, edge)
    region.set_style(look.StyleProperties.TextAlign, look.TextAlignType.center)
    region.set_style(look.StyleProperties.ShowBackground, look.ShowBackgroundType.whenActive)
    document.put_region(region)
    return region


def _paragraph(document: model.ContentDocument, cue: Cue, number: int, region: model.Region) -> model.P:
    from ttconv import model
    from ttconv.style_properties import DirectionType, StyleProperties

    paragraph = model.P(document)
    paragraph.set_id(f"cue{number}")
    paragraph.set_begin(cue.start)
    paragraph.set_end(cue.end)
    paragraph.set_region(region)
    if _right_to_left(cue.text):
        paragraph.set_style(StyleProperties.Direction, DirectionType.rtl)
    for n, line in enumerate(cue.text.split("\n")):
        if n:
            paragraph.push_child(model.Br(document))
        span = model.Span(document)
        span.set_space(model.WhiteSpaceHandling.PRESERVE)
        span.push_child(model.Text(document, line))
        paragraph.push_child(span)
    return paragraph


def _right_to_left(text: str) -> bool:
    """Whether the first strongly directional character is right-to-left (UAX #9, rules P2 and P3)."""
    strong = (unicodedata.bidirectional(c) for c in text)
    return next((way != "L" for way in strong if way in ("L", "R", "AL")), False)


def _name_agents(root: ElementTree.Element, cues: Sequence[Cue]) -> None:
    """Adds speakers, which ttconv does not support: one agent per speaker, referenced by its paragraphs."""
    named = [who for cue in cues for who in (cue.speaker, cue.answered_by) if who]
    ids = {name: f"speaker{n}" for n, name in enumerate(dict.fromkeys(named), 1)}
    if not ids:
        return
    ElementTree.register_namespace("ttm", _METADATA)
    head = root.find(f"{{{_TTML}}}head")
    assert head is not None
    metadata = ElementTree.Element(f"{{{_TTML}}}metadata")
    head.insert(0, metadata)
    for name, agent in ids.items():
        element = ElementTree.SubElement(metadata, f"{{{_METADATA}}}agent")
        element.set("{http://www.w3.org/XML/1998/namespace}id", agent)
        element.set("type", "character")
        ElementTree.SubElement(element, f"{{{_METADATA}}}name", type="alias").text = name
    for paragraph, cue in zip(root.iter(f"{{{_TTML}}}p"), cues, strict=True):
        if who := [ids[name] for name in (cue.speaker, cue.answered_by) if name]:
            paragraph.set(f"{{{_METADATA}}}agent", " ".join(who))
