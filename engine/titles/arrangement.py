"""The layers of a title at their places in a picture, at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import NamedTuple

from engine.errors import RequestError
from engine.text import is_leftward
from engine.titles.counter import Counter
from engine.titles.shapes import image_sprite, rectangle, shadow_of
from engine.titles.template import Anchor, TitleLayer, TitleLayout, TitleTemplate, substitute
from engine.titles.text_units import Span, Sprite, TextBlock, text_block

MIRRORED = {"left": "right", "right": "left"}
"""The other side, where left and right are exchanged."""


# A number that is too long gets smaller, down to this share of its size.
_LEAST_COUNTER = 0.6


class Area(NamedTuple):
    """A rectangle of a picture in pixels."""

    x: int
    y: int
    width: int
    height: int


class Margins(NamedTuple):
    """What an interface covers of a picture, as shares of its width (left, right) and height (top, bottom)."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A sprite that moves by itself. `lit` has the highlight colour; it is behind `shadow`, where it has one.

    `row`, `word` and `character` count from 0; `clip` is the top and bottom between which it is seen.
    """

    sprite: Sprite
    lit: Sprite | None = None
    shadow: Sprite | None = None
    row: int = 0
    word: int = 0
    character: int = 0
    clip: Span | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PlacedLayer:
    """A layer with its parts, and its place in the picture. A counter makes its sprite at each time."""

    layer: TitleLayer
    area: Area
    parts: tuple[Part, ...]
    counter: Counter | None = None
    align: str = "left"
    track: Sprite | None = None

    def digits(self, progress: float) -> Sprite:
        """The number of a counter at a share of its way, at its place."""
        assert self.counter
        sprite = self.counter.sprite(progress)
        free = self.area.width - sprite.right
        x = {"left": 0, "center": free // 2, "right": free}[self.align]
        return sprite.moved(self.area.x + x, self.area.y)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The layers from back to front; `mirrored` if left and right are exchanged. `block` is where the texts are.

    `short` is the length in pixels of which sizes are per cent.
    """

    layers: tuple[PlacedLayer, ...]
    block: Area
    mirrored: bool
    short: int


@dataclass(slots=True, eq=False)
class _Item:
    """A layer of the block before it has a place."""

    layer: TitleLayer
    width: int
    height: int
    text: TextBlock | None = None
    counter: Counter | None = None
    image: Sprite | None = None
    y: int = 0


def arrange(
    template: TitleTemplate,
    values: Mapping[str, str],
    size: tuple[int, int],
    spans: Sequence[Span] = (),
    covered: Margins | None = None,
) -> Arrangement:
    """The layers of a template with values, in a picture of this width and height; `spans` are the words of a caption.

    The safe area has the margins of the template, and those that are `covered` where these are wider.

    Raises RequestError if a text does not fit, a font lacks characters, or an image cannot be read.
    """
    width, height = size
    layout = template.layout_for(width, height)
    short = round(min(size) * layout.scale)
    layers = [_resolved(layer, dict(values)) for layer in template.layers]
    texts = [layer.text for layer in layers if layer.kind == "text"]
    mirrored = template.mirror and bool(next((way for text in texts if (way := is_leftward(text)) is not None), False))
    anchor, align, shift = _sides(layout, mirrored)
    safe = Area(
        round(width * layout.margin_x / 100),
        round(height * layout.margin_y / 100),
        round(width * (1 - layout.margin_x / 50)),
        round(height * (1 - layout.margin_y / 50)),
    )
    if covered:
        safe = _uncovered(safe, size, covered)
    available = safe.width * layout.width / 100
    items = [
        item
        for layer in layers
        if (item := _item(layer, short, available, _align(layer, align, mirrored), spans)) is not None
    ]
    block = _flow(template, items, short, available, safe.height)
    x = {"left": safe.x, "center": safe.x + (safe.width - block[0]) // 2}.get(
        _across(anchor), safe.x + safe.width - block[0]
    )
    y = {"top": safe.y, "center": safe.y + (safe.height - block[1]) // 2}.get(
        _down(anchor), safe.y + safe.height - block[1]
    )
    area = Area(x + round(shift * short / 100), y + round(layout.y * short / 100), *block)
    if covered:
        # The shift does not move it below the interface either.
        x, y = (
            max(first, min(place, first + room - length))
            for place, length, first, room in zip(area[:2], block, safe[:2], safe[2:], strict=True)
        )
        area = Area(x, y, *block)
    known = {"block": area, "picture": Area(0, 0, width, height)}
    placed: dict[int, PlacedLayer] = {}
    for item in items:
        one = _placed(item, area, _align(item.layer, align, mirrored), short)
        placed[id(item.layer)] = one
        known.setdefault(item.layer.id, one.area)
    for layer in layers:
        if layer.kind == "box" and layer.around in known:
            placed[id(layer)] = _box(layer, known[layer.around], short, mirrored)
    return Arrangement(tuple(placed[id(one)] for one in layers if id(one) in placed), area, mirrored, short)


def _uncovered(area: Area, size: tuple[int, int], covered: Margins) -> Area:
    """The part of an area that the margins leave free."""
    width, height = size
    left, top = max(area.x, ceil(covered.left * width)), max(area.y, ceil(covered.top * height))
    right = min(area.x + area.width, floor((1 - covered.right) * width))
    bottom = min(area.y + area.height, floor((1 - covered.bottom) * height))
    return Area(left, top, max(1, right - left), max(1, bottom - top))


def _resolved(layer: TitleLayer, values: dict[str, str]) -> TitleLayer:
    names = ("text", "colour", "highlight", "track", "first", "last", "prefix", "suffix", "image")
    return layer.model_copy(update={name: substitute(getattr(layer, name), values) for name in names})


def _sides(layout: TitleLayout, mirrored: bool) -> tuple[Anchor, str, float]:
    """The anchor, the alignment (left, center or right) and the shift to the right, as they are seen."""
    align = {"start": "left", "center": "center", "end": "right"}[layout.align]
    if not mirrored:
        return layout.anchor, align, layout.x
    exchanged: dict[str, Anchor] = {
        "top-left": "top-right", "top-right": "top-left", "left": "right", "right": "left",
        "bottom-left": "bottom-right", "bottom-right": "bottom-left",
    }  # fmt: skip
    return exchanged.get(layout.anchor, layout.anchor), MIRRORED.get(align, align), -layout.x


def _align(layer: TitleLayer, of_block: str, mirrored: bool) -> str:
    if layer.align is None:
        return of_block
    align = {"start": "left", "center": "center", "end": "right"}[layer.align]
    return MIRRORED.get(align, align) if mirrored else align


def _across(anchor: Anchor) -> str:
    return "left" if anchor.endswith("left") else "right" if anchor.endswith("right") else "center"


def _down(anchor: Anchor) -> str:
    return "top" if anchor.startswith("top") else "bottom" if anchor.startswith("bottom") else "center"


def _item(layer: TitleLayer, short: int, available: float, align: str, spans: Sequence[Span]) -> _Item | None:
    """A layer of the block with its size; None for a box, and for a text or an image without content."""
    match layer.kind:
        case "text" if layer.text.strip():
            block = text_block(layer, layer.text, short, available, align, spans)
            return _Item(layer, block.width, block.height, text=block)
        case "counter":
            counter = Counter(layer, short)
            if counter.width > available:
                smaller = max(_LEAST_COUNTER, 0.98 * available / counter.width) * layer.size
                counter = Counter(layer.model_copy(update={"size": smaller}), short)
            return _Item(layer, counter.width, counter.height, counter=counter)
        case "bar" | "rule":
            length = min(round(layer.width * short / 100), int(available))
            return _Item(layer, length, max(1, round(layer.height * short / 100)))
        case "image" if layer.image:
            image = image_sprite(layer.image, max(1, round(layer.height * short / 100)))
            return _Item(layer, image.right, image.bottom, image=image)
    return None


def _flow(template: TitleTemplate, items: list[_Item], short: int, available: float, highest: int) -> tuple[int, int]:
    """Sets the place of each layer below the one before it, and returns the block's width and height."""
    wide = max((item.width for item in items), default=0) or int(available)
    y = 0
    for number, item in enumerate(items):
        y += round(item.layer.gap * short / 100) if number else 0
        item.y = y
        item.width = item.width or wide
        y += item.height
    if y > highest or wide > available + 1:
        raise RequestError(
            f"The title {template.name} does not fit in the picture: it is {wide}×{y} pixels, and has room for "
            f"{int(available)}×{highest}.",
            "Shorten its texts, or make its layers smaller in the template.",
        )
    return wide, y


def _placed(item: _Item, block: Area, align: str, short: int) -> PlacedLayer:
    layer = item.layer
    free = block.width - item.width
    x = block.x + {"left": 0, "center": free // 2, "right": free}[align]
    area = Area(x, block.y + item.y, item.width, item.height)
    if item.text:
        blur = layer.shadow * short / 100
        parts = []
        for unit in item.text.units:
            sprite = unit.sprite.moved(area.x, area.y)
            clip = (area.y + unit.clip[0], area.y + unit.clip[1]) if layer.clip else None
            lit = unit.lit.moved(area.x, area.y) if unit.lit else None
            shadow = shadow_of(sprite, blur) if blur else None
            parts.append(Part(sprite, lit, shadow, unit.row, unit.word, unit.character, clip))
        return PlacedLayer(layer, area, tuple(parts))
    if item.counter:
        return PlacedLayer(layer, area, (), item.counter, align)
    if item.image:
        return PlacedLayer(layer, area, (Part(item.image.moved(area.x, area.y)),))
    radius = layer.radius * short / 100
    made = rectangle(area.width, area.height, layer.colour, radius).moved(area.x, area.y)
    track = None
    if layer.kind == "bar":
        track = rectangle(area.width, area.height, layer.track, radius).moved(area.x, area.y)
    return PlacedLayer(layer, area, (Part(made),), track=track)


def _box(layer: TitleLayer, inside: Area, short: int, mirrored: bool) -> PlacedLayer:
    across, down = (round(one * short / 100) for one in layer.padding)
    x, y = inside.x - across, inside.y - down
    width, height = inside.width + 2 * across, inside.height + 2 * down
    thick = max(1, round(layer.height * short / 100))
    strip = MIRRORED.get(layer.strip, layer.strip) if mirrored and layer.strip else layer.strip
    if strip in ("left", "right"):
        x, width = (x if strip == "left" else x + width - thick), thick
    elif strip:
        y, height = (y if strip == "top" else y + height - thick), thick
    scale = short / 100
    area = Area(x, y, max(1, width), max(1, height))
    made = rectangle(area.width, area.height, layer.colour, layer.radius * scale, layer.feather * scale)
    return PlacedLayer(layer, area, (Part(made.moved(area.x, area.y)),))
