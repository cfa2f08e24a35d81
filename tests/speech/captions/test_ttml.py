"""TTML output is IMSC 1.1 text, readable by ttconv, and supports any text."""

from __future__ import annotations

import io
from fractions import Fraction
from xml.etree import ElementTree

from hypothesis import given
from ttconv import model
from ttconv.imsc import reader
from ttconv.style_properties import DirectionType, StyleProperties

from engine.speech.captions import Cue, write_ttml
from engine.speech.captions.ttml import PROFILE

from . import caption_data

TTML, TTM = "{http://www.w3.org/ns/ttml}", "{http://www.w3.org/ns/ttml#metadata}"


def document(content: bytes) -> model.ContentDocument:
    return reader.to_model(ElementTree.parse(io.BytesIO(content)))


def cues_of(read: model.ContentDocument) -> list[Cue]:
    cues = []
    for paragraph in read.get_body().dfs_iterator():
        if isinstance(paragraph, model.P):
            parts = ("\n" if isinstance(part, model.Br) else part for part in paragraph.dfs_iterator())
            text = "".join(part if isinstance(part, str) else getattr(part, "get_text", str)() for part in parts)
            # TTML omits a start at 0.
            start = paragraph.get_begin() or Fraction(0)
            cues.append(Cue(start, paragraph.get_end(), text, None, paragraph.get_region().get_id()))
    return cues


def test_the_document_is_imsc_1_1() -> None:
    cues = [
        Cue(Fraction(1, 2), Fraction(3, 2), "R&D <b>", "Ann"),
        Cue(Fraction(4), Fraction(5), "-a  b\n-c", "Ann", "top", "Bo"),
    ]
    content = write_ttml(cues, "en-GB")
    read = document(content)
    assert read.get_lang() == "en-GB"
    assert read.get_content_profiles() == {PROFILE}
    assert [(cue.start, cue.end, cue.text, cue.position) for cue in cues_of(read)] == [
        (Fraction(1, 2), Fraction(3, 2), "R&D <b>", "bottom"),
        (4, 5, "-a  b\n-c", "top"),
    ]
    root = ElementTree.fromstring(content)
    names = {agent.get("{http://www.w3.org/XML/1998/namespace}id"): agent[0].text for agent in root.iter(f"{TTM}agent")}
    assert [[names[agent_id] for agent_id in p.get(f"{TTM}agent", "").split()] for p in root.iter(f"{TTML}p")] == [
        ["Ann"],
        ["Ann", "Bo"],
    ]


def test_right_to_left_text_has_a_direction() -> None:
    read = document(write_ttml([Cue(Fraction(0), Fraction(1), "«שלום»"), Cue(Fraction(2), Fraction(3), "12 boats")]))
    paragraphs = [element for element in read.get_body().dfs_iterator() if isinstance(element, model.P)]
    assert [p.get_style(StyleProperties.Direction) for p in paragraphs] == [DirectionType.rtl, None]


def test_no_captions_are_an_empty_document() -> None:
    assert cues_of(document(write_ttml([]))) == []


@given(caption_data.cues)
def test_any_text_and_time_round_trip(cues: list[Cue]) -> None:
    caption_data.assert_same(cues, cues_of(document(write_ttml(cues))))
