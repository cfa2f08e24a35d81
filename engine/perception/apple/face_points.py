"""The 468 points of MediaPipe's face mesh from the regions that Vision finds.

The contours of eyes, eyebrows, lips, nose and jaw are where Vision has them; the points between them follow by a
thin-plate spline (Duchon 1977) from an upright face.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from engine.perception.products import Point
from engine.resources import resource_root

# Points of the mesh along a contour, from the left of the picture to the right: above, then below.
_OUTER_LIPS = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
)
_INNER_LIPS = (
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
_EYE_POINTS = (
    ((33, 246, 161, 160, 159, 158, 157, 173, 133), (33, 7, 163, 144, 145, 153, 154, 155, 133)),
    ((362, 398, 384, 385, 386, 387, 388, 466, 263), (362, 382, 381, 380, 374, 373, 390, 249, 263)),
)
_BROW_POINTS = (
    ((70, 63, 105, 66, 107), (46, 53, 52, 65, 55)),
    ((336, 296, 334, 293, 300), (285, 295, 282, 283, 276)),
)
_JAW = (
    234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 288, 361, 323, 454,
)  # fmt: skip
_NOSE_CREST = (168, 6, 197, 195, 5, 4)
_EYES, _BROWS = ("leftEye", "rightEye"), ("leftEyebrow", "rightEyebrow")
_NEEDED = (*_EYES, "outerLips")
# The spline need not pass through its points exactly, in units of the distance between the eyes.
_SLACK = 1e-6

_Points = NDArray[np.float64]


def mesh_points(regions: Mapping[str, Sequence[Point]], aspect: float) -> tuple[Point, ...]:
    """The mesh of a face by its regions, as shares of the frame from its top left corner.

    `aspect` is the frame's width divided by its height. Empty if the eyes or the lips are missing.
    """
    if any(len(regions.get(name, ())) < 3 for name in _NEEDED):
        return ()
    scale = np.array([aspect, 1.0])
    found = {name: np.asarray(points, np.float64) * scale for name, points in regions.items() if len(points)}
    placed = _contours(found)
    layout = _layout()
    numbers = list(placed)
    mesh = _spline(layout[numbers], np.array([placed[n] for n in numbers]), layout)
    mesh[numbers] = [placed[n] for n in numbers]
    return tuple((float(x), float(y)) for x, y in mesh / scale)


def _contours(found: Mapping[str, _Points]) -> dict[int, _Points]:
    """The places of the mesh's points on the contours."""
    # The face's own axes, so that a tilted face has its left and its top, too.
    down = found["outerLips"].mean(axis=0) - sum(found[name].mean(axis=0) for name in _EYES) / 2
    across = np.array([down[1], -down[0]])
    placed: dict[int, _Points] = {}

    def place(points: _Points, above: Sequence[int], below: Sequence[int]) -> None:
        for numbers, arc in zip((above, below), _arcs(points, across, down), strict=True):
            placed.update(zip(numbers, _along(arc, len(numbers)), strict=True))

    for names, contours in ((_EYES, _EYE_POINTS), (_BROWS, _BROW_POINTS)):
        pair = [found[name] for name in names if len(found.get(name, ())) >= 3]
        if len(pair) == 2:
            pair.sort(key=lambda one: float(one.mean(axis=0) @ across))
            for points, contour in zip(pair, contours, strict=True):
                place(points, *contour)
    place(found["outerLips"], *_OUTER_LIPS)
    if len(found.get("innerLips", ())) >= 3:
        place(found["innerLips"], *_INNER_LIPS)
    if len(jaw := found.get("faceContour", np.empty((0, 2)))) >= 3:
        placed.update(zip(_JAW, _along(_directed(jaw, across), len(_JAW)), strict=True))
    if len(crest := found.get("noseCrest", np.empty((0, 2)))) >= 2:
        placed.update(zip(_NOSE_CREST, _along(_directed(crest, down), len(_NOSE_CREST)), strict=True))
    return placed


def _arcs(points: _Points, across: _Points, down: _Points) -> tuple[_Points, _Points]:
    """A closed contour as two arcs between its ends, each from left to right: the upper one, then the lower one."""
    places = points @ across
    first, last = int(np.argmin(places)), int(np.argmax(places))
    turned = np.roll(points, -first, axis=0)
    end = (last - first) % len(points)
    one, other = turned[: end + 1], np.concatenate([turned[end:], turned[:1]])[::-1]
    upper_first = float((one @ down).mean()) <= float((other @ down).mean())
    return (one, other) if upper_first else (other, one)


def _directed(points: _Points, axis: _Points) -> _Points:
    """An open line, in the direction of the axis."""
    return points if float((points[-1] - points[0]) @ axis) >= 0 else points[::-1]


def _along(line: _Points, count: int) -> _Points:
    """That many points at equal distances along a line."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    length = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, length[-1], count)
    return np.stack([np.interp(wanted, length, line[:, axis]) for axis in (0, 1)], axis=1)


def _spline(source: _Points, target: _Points, wanted: _Points) -> _Points:
    """Moves `wanted` as `source` is moved to `target`."""
    count = len(source)
    system = np.zeros((count + 3, count + 3))
    system[:count, :count] = _radial(source, source) + _SLACK * np.eye(count)
    system[:count, count:] = np.column_stack([np.ones(count), source])
    system[count:, :count] = system[:count, count:].T
    values = np.linalg.lstsq(system, np.concatenate([target, np.zeros((3, 2))]), rcond=None)[0]
    linear = np.column_stack([np.ones(len(wanted)), wanted])
    return np.asarray(_radial(wanted, source) @ values[:count] + linear @ values[count:])


def _radial(points: _Points, centres: _Points) -> _Points:
    squared = ((points[:, None] - centres[None]) ** 2).sum(axis=-1)
    return np.asarray(squared * np.log(np.maximum(squared, 1e-12)) / 2)


@cache
def _layout() -> _Points:
    """The mesh of an upright face, in units of the distance between the outer corners of the eyes."""
    path = resource_root("presets") / "perception" / "face_mesh.json"
    return np.array(json.loads(path.read_text(encoding="utf-8")), np.float64)
