"""Draws products over their frame: masks, flow, depth and faces."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from engine.errors import EngineError
from engine.perception.products import DepthMap, OpticalFlow, PersonFace, PersonMask, ProductKind
from engine.perception.sidecars.index import read_index
from engine.perception.sidecars.reader import PerceptionReader, finished_perception
from engine.perception.track import FrameQuality

ProductOverlay = Literal["mask", "flow", "depth", "faces"]
OVERLAYS: tuple[ProductOverlay, ...] = get_args(ProductOverlay)
"""What can be drawn, in the order in which the console shows it."""

_KINDS: dict[ProductOverlay, ProductKind] = {
    "mask": "person_mask",
    "flow": "optical_flow",
    "depth": "depth_map",
    "faces": "face",
}

Rgb8 = NDArray[np.uint8]
Floats = NDArray[np.float32]

_TINT, _LINE = (36, 190, 214), (255, 255, 255)
_TINT_SHARE = 0.45
_FACE, _FACE_MARK = (255, 214, 92), (92, 214, 110)
# Arrows in a row of the picture; a smaller motion than this share of the height has none.
_ARROWS = 24
_STILL = 0.002
# The motion, as a share of the height, that has full colour at least: noise of still pictures stays dark.
_LEAST_RANGE = 0.01
_UNKNOWN = (70, 70, 74)


def stored_overlays(folder: Path) -> tuple[ProductOverlay, ...]:
    """What can be drawn of the products in a take's folder; empty if there are none."""
    kinds: set[ProductKind] = set()
    for path in finished_perception(folder):
        with suppress(EngineError):
            kinds |= {one.kind for one in read_index(path).products}
    return tuple(overlay for overlay in OVERLAYS if _KINDS[overlay] in kinds)


def overlay_quality(reader: PerceptionReader, overlay: ProductOverlay, number: int) -> FrameQuality | None:
    """The quality of the product at a tick; None if it was not analysed."""
    kind = _KINDS[overlay]
    return reader.quality(kind, number) if reader.covers(kind, number) else None


def draw_product(rgb: Rgb8, reader: PerceptionReader, overlay: ProductOverlay, number: int) -> Rgb8:
    """The frame of a tick (height, width, 3), at any size, with a product drawn over it.

    Raises EngineError if the tick has no such product.
    """
    match overlay:
        case "mask":
            return draw_mask(rgb, reader.mask(number))
        case "flow":
            return draw_flow(rgb, reader.flow(number))
        case "depth":
            return draw_depth(rgb, reader.depth(number))
        case "faces":
            return draw_faces(rgb, reader.faces(number))


def draw_mask(rgb: Rgb8, mask: PersonMask) -> Rgb8:
    """The frame with people tinted and outlined, and the rest darker."""
    height, width = rgb.shape[:2]
    alpha = _resized(mask.alpha, width, height)[..., None]
    tinted = rgb * (1 - _TINT_SHARE * alpha) + np.asarray(_TINT, np.float32) * (_TINT_SHARE * alpha)
    shown = tinted * (0.55 + 0.45 * alpha)
    shown[_outline(alpha[..., 0] > 0.5, max(1, height // 360))] = _LINE
    return _bytes(shown)


def draw_flow(rgb: Rgb8, flow: OpticalFlow) -> Rgb8:
    """The frame in grey, coloured by the direction of motion, with arrows to the same place in the next frame.

    Places where the flow is not valid stay grey. Right is red, down is yellow-green, left is cyan, up is violet.
    """
    from PIL import Image, ImageDraw

    height, width = rgb.shape[:2]
    forward = np.stack([_resized(flow.forward[..., axis], width, height) for axis in (0, 1)], -1)
    validity = _resized(flow.validity, width, height)
    length = np.hypot(forward[..., 0], forward[..., 1])
    top = max(_LEAST_RANGE, float(np.percentile(length, 99)))
    colour = flow_colour(forward / np.float32(top)) * 255
    strength = (np.clip(length / top, 0, 1) ** 0.75 * validity)[..., None]
    grey = (rgb @ np.asarray((0.2126, 0.7152, 0.0722), np.float32))[..., None] * 0.7
    image = Image.fromarray(_bytes(grey * (1 - 0.75 * strength) + colour * 0.75 * strength))
    draw = ImageDraw.Draw(image)
    step = max(8, width // _ARROWS)
    thick = max(1, height // 360)
    for y in range(step // 2, height, step):
        for x in range(step // 2, width, step):
            if length[y, x] >= _STILL and validity[y, x] >= 0.5:
                _draw_arrow(draw, x, y, forward[y, x] * height, thick)
    return np.asarray(image)


def draw_depth(rgb: Rgb8, depth: DepthMap) -> Rgb8:
    """Depth as colours of even steps of lightness: near is bright. Unknown depth is hatched grey."""
    height, width = rgb.shape[:2]
    known = np.isfinite(depth.values)
    values = np.where(known, depth.values, 0)
    # Metres become an inverse depth, so that near is bright in both units.
    near = 1 / np.maximum(values, 0.05) if depth.unit == "metric" else values
    low, high = np.percentile(near[known], (1, 99)) if known.any() else (0.0, 1.0)
    shares = np.where(known, (near - low) / max(float(high - low), 1e-6), 0).astype(np.float32)
    colours = depth_colours()[np.rint(np.clip(_resized(shares, width, height), 0, 1) * 255).astype(np.int64)]
    grey = (rgb @ np.asarray((0.2126, 0.7152, 0.0722), np.float32))[..., None]
    shown = colours * np.float32(0.8) + grey * np.float32(0.2)
    lost = _resized(known.astype(np.float32), width, height) < 0.5
    rows, columns = np.nonzero(lost)
    shown[rows, columns] = np.where(((rows + columns) // 6 % 2)[:, None], 1.0, 0.7) * np.asarray(_UNKNOWN)
    return _bytes(shown)


def draw_faces(rgb: Rgb8, faces: Sequence[PersonFace]) -> Rgb8:
    """The frame with a box for each face, its landmarks, and a bar of its score."""
    from PIL import Image, ImageDraw

    height, width = rgb.shape[:2]
    image = Image.fromarray(rgb)
    draw = ImageDraw.Draw(image)
    thick = max(1, height // 270)
    for face in faces:
        left, top, across, down = face.box
        x0, y0, x1, y1 = left * width, top * height, (left + across) * width, (top + down) * height
        draw.rectangle((x0, y0, x1, y1), outline=_FACE, width=thick)
        draw.rectangle((x0, y1 + thick, x0 + (x1 - x0) * face.score, y1 + 3 * thick), fill=_FACE)
        for x, y in face.landmarks:
            place = (x * width, y * height)
            if thick > 1:
                draw.ellipse((place[0] - 1, place[1] - 1, place[0] + 1, place[1] + 1), fill=_FACE_MARK)
            else:
                draw.point(place, fill=_FACE_MARK)
    return np.asarray(image)


def flow_colour(field: Floats) -> Floats:
    """Colours 0–1 of a field (…, 2) whose longest vectors have length 1: the hue is the direction, from +x to +y."""
    angle = np.arctan2(field[..., 1], field[..., 0])
    hue = (angle / (2 * np.pi)) % 1
    offsets = np.asarray((0, 2 / 3, 1 / 3), np.float32)
    ramps = np.abs(((hue[..., None] + offsets) % 1) * 6 - 3) - 1
    colours: Floats = np.clip(ramps, 0, 1).astype(np.float32)
    return colours


@cache
def depth_colours() -> NDArray[np.float32]:
    """256 colours from dark blue to light yellow, (256, 3), 0–255, with even steps of Oklab lightness."""
    share = np.linspace(0, 1, 256)
    lightness = 0.18 + 0.77 * share
    hue = np.radians(285 - 185 * share)
    chroma = 0.13 * np.sin(np.pi * (0.12 + 0.8 * share)) + 0.02
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    # Source: Björn Ottosson, "A perceptual color space for image processing" (2020).
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    light = np.stack([
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    ], -1)  # fmt: skip
    light = np.clip(light, 0, 1)
    codes = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (codes * 255).astype(np.float32)


def _draw_arrow(draw: Any, x: int, y: int, motion: Floats, thick: int) -> None:
    dx, dy = float(motion[0]), float(motion[1])
    length = float(np.hypot(dx, dy))
    # A short arrow would be a dot.
    scale = max(1.0, 6 * thick / max(length, 1e-6))
    end = (x + dx * scale, y + dy * scale)
    draw.line((x, y, *end), fill=_LINE, width=thick)
    back = np.asarray((dx, dy)) / max(length, 1e-6) * 4 * thick
    for side in (0.5, -0.5):
        turned = (back[0] + side * back[1], back[1] - side * back[0])
        draw.line((*end, end[0] - turned[0], end[1] - turned[1]), fill=_LINE, width=thick)


def _outline(inside: NDArray[np.bool_], thick: int) -> NDArray[np.bool_]:
    """The pixels inside whose neighbours at this distance are not all inside."""
    kept = inside.copy()
    for axis in (0, 1):
        for step in (thick, -thick):
            kept &= np.roll(inside, step, axis)
    return inside & ~kept


def _resized(plane: Floats, width: int, height: int) -> Floats:
    """A plane at another size, interpolated linearly."""
    from PIL import Image

    if plane.shape == (height, width):
        return plane.astype(np.float32)
    image = Image.fromarray(np.ascontiguousarray(plane, np.float32))
    resized: Floats = np.array(image.resize((width, height), Image.Resampling.BILINEAR), np.float32)
    return resized


def _bytes(shown: NDArray[Any]) -> Rgb8:
    picture: Rgb8 = np.clip(np.rint(shown), 0, 255).astype(np.uint8)
    return picture
