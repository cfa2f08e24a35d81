"""A second reader of FCPXML: the times of the primary storyline alone, with the standard library."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction


def seconds(text: str | None) -> Fraction:
    return Fraction((text or "0s").removesuffix("s"))


def spine_edges(data: bytes) -> tuple[Fraction, list[int], list[tuple[int, int]]]:
    """The frame rate; the first frames of the story elements after the start of the project; the transitions.

    A frame is the nearest. A transition is its first frame and the frame after its last one.
    """
    root = ET.fromstring(data)
    project = next(one for one in root.iter("project"))
    sequence = project.find("sequence")
    assert sequence is not None
    formats = {one.get("id"): one for one in root.iter("format")}
    frame = seconds(formats[sequence.get("format")].get("frameDuration"))
    start = seconds(sequence.get("tcStart"))
    spine = sequence.find("spine")
    assert spine is not None
    places, transitions = [], []
    for element in spine:
        place = (seconds(element.get("offset")) - start) / frame
        if element.tag == "transition":
            transitions.append((round(place), round(place + seconds(element.get("duration")) / frame)))
        else:
            places.append(round(place))
    return 1 / frame, places, transitions
