"""Splits a row into runs of one font each, in visual order.

resvg selects a fallback font for a whole row, so one rare character would change the font of the entire row.
Therefore each run is drawn separately.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import accumulate, groupby

from engine.speech import graphemes
from engine.text.fonts import Face, coloured_in, drawn_in


@dataclass(frozen=True, slots=True)
class Run:
    """A piece of text in one font, and whether it is right-to-left; `first` is its place in the row."""

    text: str
    face: Face
    leftward: bool
    first: int


def visual_runs(text: str, faces: tuple[Face, ...]) -> list[Run]:
    """The runs from left to right, each in the first font with all its characters; emoji in the first colour font.

    Runs are ordered by the Unicode bidirectional algorithm (UAX #9), by the first strong character of each run; resvg
    applies it inside a run. The first strong character of the row sets the row's direction.
    """
    pieces = _by_face(text, faces)
    leftward = bool(is_leftward(text))
    places = accumulate((len(piece) for piece, _ in pieces), initial=0)
    ways = _ways(pieces, leftward)
    runs = [Run(piece, face, way, first) for (piece, face), way, first in zip(pieces, ways, places, strict=False)]
    seen: list[Run] = []
    for way, group in groupby(runs, key=lambda run: run.leftward):
        ordered = list(group)[:: -1 if way else 1]
        seen = [*ordered, *seen] if leftward else [*seen, *ordered]
    return seen


def _by_face(text: str, faces: tuple[Face, ...]) -> list[tuple[str, Face]]:
    """Pieces in logical order. Spaces between two fonts are separate, because their direction depends on both."""
    ones = [(one, None if one.isspace() else _face_of(one, faces)) for one in graphemes(text)]
    pieces: list[tuple[str, Face | None]] = []
    for number, (one, face) in enumerate(ones):
        after = next((other for _, other in ones[number:] if other), None)
        if face is None and after and pieces and pieces[-1][1] is after and ord(" ") in after.has:
            face = after
        if pieces and pieces[-1][1] is face:
            pieces[-1] = pieces[-1][0] + one, face
        else:
            pieces.append((one, face))
    return [(piece, face or faces[0]) for piece, face in pieces]


def _face_of(one: str, faces: tuple[Face, ...]) -> Face:
    wanted, in_colour = drawn_in(one), bool(coloured_in(one))
    having = [face for face in faces if wanted <= face.has]
    return min(having, key=lambda face: face.coloured != in_colour, default=faces[0])


def _ways(pieces: list[tuple[str, Face]], leftward: bool) -> list[bool]:
    """Whether each piece is right-to-left. A neutral one takes its neighbours' common direction, or else the row's."""
    strong = [is_leftward(piece) for piece, _ in pieces]
    ways = []
    for number, way in enumerate(strong):
        if way is None:
            before = next((one for one in reversed(strong[:number]) if one is not None), leftward)
            after = next((one for one in strong[number + 1 :] if one is not None), leftward)
            way = before if before == after else leftward
        ways.append(way)
    return ways


def is_leftward(text: str) -> bool | None:
    """Whether the first strong character is right-to-left; None if there is none."""
    strong = (kind for one in text if (kind := unicodedata.bidirectional(one)) in ("L", "R", "AL"))
    first = next(strong, None)
    return None if first is None else first != "L"
