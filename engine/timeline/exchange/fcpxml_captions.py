"""The captions of clips in FCPXML, connected to the clips in which they begin."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from engine.timeline.cut import Cut
from engine.timeline.exchange.fcpxml_values import parse_time, time_text
from engine.timeline.exchange.safe_xml import xml_text
from engine.timeline.exchange.timeline import CutCaption

if TYPE_CHECKING:
    from lxml import etree

# Final Cut gives captions a clock that begins with its first hour.
_START = "3600s"
_LOOK = {
    "font": ".AppleSystemUIFont", "fontSize": "13", "fontFace": "Regular", "fontColor": "1 1 1 1",
    "backgroundColor": "0 0 0 1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FilmCaptions:
    """The captions of a cut in order, and their language (ISO 639-1)."""

    captions: tuple[CutCaption, ...] = ()
    language: str = "en"

    def add_to(self, element: etree._Element, cut: Cut, index: int, base: Fraction) -> None:
        """Adds the captions that begin in a clip to its element; `base` is the element's time of the take's start."""
        from lxml import etree

        clip, position = cut.clips[index], cut.positions[index]
        for number, one in enumerate(self.captions, 1):
            if not position <= one.start < position + clip.length:
                continue
            caption = etree.SubElement(
                element,
                "caption",
                lane="1",
                offset=time_text(base + (clip.start + one.start - position) / cut.rate),
                name=xml_text(" ".join(one.text.split())),
                start=_START,
                duration=time_text((one.end - one.start) / cut.rate),
                role=f"SRT?captionFormat=SRT.{self.language}",
            )
            text = etree.SubElement(caption, "text", placement="bottom")
            etree.SubElement(text, "text-style", ref=f"ts{number}").text = xml_text(one.text)
            style = etree.SubElement(caption, "text-style-def", id=f"ts{number}")
            etree.SubElement(style, "text-style", _LOOK)


def read_captions(element: etree._Element, offset: Fraction, start: Fraction, rate: Fraction) -> Iterator[CutCaption]:
    """The captions of a clip at `offset` seconds of the cut; `start` is the clip's start on its own clock.

    Raises ValueError for a time that cannot be read.
    """
    for one in element.iterfind("caption"):
        begin = round((offset + parse_time(one.get("offset")) - start) * rate)
        end = begin + round(parse_time(one.get("duration")) * rate)
        said = "".join(str(part) for text in one.iterfind("text") for part in text.itertext())
        yield CutCaption(begin, end, said.strip())
