"""A template of titles as data: fields, a layout, layers and their motion."""

from __future__ import annotations

import hashlib
import json
import re
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from engine.catalog import FrozenModel
from engine.keyframes import KeyTime
from engine.text import FONT_NAMES
from engine.titles.motion import Motion

FORMAT_VERSION = 1
"""The version of the format of templates."""

Kind = Literal["title", "lower-third", "intro", "counter", "progress", "captions"]
LayerKind = Literal["text", "counter", "bar", "rule", "image", "box"]
FieldType = Literal["text", "number", "colour", "image"]
Anchor = Literal["top-left", "top", "top-right", "left", "center", "right", "bottom-left", "bottom", "bottom-right"]
Align = Literal["start", "center", "end"]
Edge = Literal["left", "right", "top", "bottom", "center"]

_COLOUR = r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?"
_PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SHARE = {"ge": 0, "le": 1}

# Which keys a layer of each kind has, beside those of all layers.
_TEXT_KEYS = {"font", "bold", "size", "colour", "highlight", "tracking", "align", "shadow"}
_KEYS: dict[LayerKind, set[str]] = {
    "text": {"text", "least", "rows", "leading", "upper", "clip", *_TEXT_KEYS},
    "counter": {"first", "last", "decimals", "prefix", "suffix", "grouping", *_TEXT_KEYS},
    "bar": {"width", "height", "colour", "track", "radius"},
    "rule": {"width", "height", "colour", "radius", "align"},
    "image": {"image", "height", "align"},
    "box": {"around", "padding", "colour", "radius", "feather", "strip", "height"},
}
_COMMON = {"kind", "id", "gap", "reveal_from", "motion"}


def _colour_or_field(value: str) -> str:
    if not (re.fullmatch(_COLOUR, value) or _PLACEHOLDER.fullmatch(value)):
        raise ValueError("must be #rrggbb, #rrggbbaa or a field such as {accent}")
    return value


def _number_or_field(value: str) -> str:
    if not (re.fullmatch(r"-?\d{1,12}(\.\d{1,6})?", value) or _PLACEHOLDER.fullmatch(value)):
        raise ValueError('must be a number in quotes, such as "100", or a field such as {to}')
    return value


def _known_version(version: int) -> int:
    if version != FORMAT_VERSION:
        raise ValueError(f"must be {FORMAT_VERSION} (a newer format needs a newer Cleanwater)")
    return version


Colour = Annotated[str, AfterValidator(_colour_or_field)]
NumberText = Annotated[str, AfterValidator(_number_or_field)]


class TitleField(FrozenModel):
    """A value that the user of a template sets."""

    model_config = ConfigDict(allow_inf_nan=False)

    type: FieldType = Field("text", description="The kind of value: text, a number, a colour, or an image file.")
    title: str = Field("", description="What it is, in a few words.")
    default: str = Field("", description="The value without one. Numbers are in quotes as well.")
    required: bool = Field(False, description="Whether it must not be empty.")
    most: int = Field(200, ge=1, le=2000, description="text: the most characters.")
    least_value: float | None = Field(None, description="number: the least value.")
    greatest_value: float | None = Field(None, description="number: the greatest value.")


class TitleLayout(FrozenModel):
    """Where the block of layers is, in pictures of one shape."""

    model_config = ConfigDict(allow_inf_nan=False)

    anchor: Anchor = Field("center", description="The place of the block in the safe area.")
    align: Align = Field("start", description="How narrower layers are aligned in the block.")
    width: float = Field(100, ge=5, le=100, description="The greatest width of the block, per cent of the safe area.")
    margin_x: float = Field(5, ge=0, le=40, description="The safe margin at left and right, per cent of the width.")
    margin_y: float = Field(5, ge=0, le=40, description="The safe margin above and below, per cent of the height.")
    scale: float = Field(1, ge=0.2, le=4, description="Multiplies the sizes of all layers.")
    x: float = Field(0, ge=-100, le=100, description="Moves the block right, per cent of the short edge.")
    y: float = Field(0, ge=-100, le=100, description="Moves the block down, per cent of the short edge.")


class LayoutChange(FrozenModel):
    """The differences in pictures of another shape."""

    model_config = ConfigDict(allow_inf_nan=False)

    anchor: Anchor | None = Field(None, description="As in layout.")
    align: Align | None = Field(None, description="As in layout.")
    width: float | None = Field(None, ge=5, le=100, description="As in layout.")
    margin_x: float | None = Field(None, ge=0, le=40, description="As in layout.")
    margin_y: float | None = Field(None, ge=0, le=40, description="As in layout.")
    scale: float | None = Field(None, ge=0.2, le=4, description="As in layout.")
    x: float | None = Field(None, ge=-100, le=100, description="As in layout.")
    y: float | None = Field(None, ge=-100, le=100, description="As in layout.")


class TitleLayer(FrozenModel):
    """A layer. Boxes are behind what they are around; the other layers are below each other in the block.

    Sizes are per cent of the picture's short edge.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    kind: LayerKind = Field(description="text, a counter, a progress bar, a rule, an image, or a box behind others.")
    id: str = Field("", description="A name, for boxes around it.")
    gap: float = Field(0, ge=-50, le=100, description="The space above it.")
    reveal_from: Edge = Field("left", description="The side from which the property reveal uncovers it.")
    motion: tuple[Motion, ...] = Field((), description="How it moves.")

    text: str = Field("", description="text: what it says, with fields such as {title}.")
    font: str = Field("sans", description=f"text, counter: {', '.join(FONT_NAMES)}, or a font file.")
    bold: bool = Field(False, description="text, counter: bold letters.")
    size: float = Field(5, gt=0, le=60, description="text, counter: the font size.")
    least: float | None = Field(None, gt=0, le=60, description="text: the least font size of a long text.")
    rows: int = Field(1, ge=1, le=12, description="text: the most rows.")
    leading: float = Field(1.2, ge=0.8, le=3, description="text: the distance between rows, in font sizes.")
    upper: bool = Field(False, description="text: in capitals.")
    tracking: float = Field(0, ge=-0.1, le=1, description="text, counter: space between letters, in font sizes.")
    clip: bool = Field(False, description="text: what moves is only seen in the place of its row.")
    colour: Colour = Field("#ffffff", description="The colour; a bar's, a rule's and a box's as well.")
    highlight: Colour = Field("#ffd84d", description="text: the colour of the property highlight.")
    align: Align | None = Field(None, description="text, counter, rule, image: as in layout.")
    shadow: float = Field(0, ge=0, le=20, description="text, counter: the blur of a soft shadow.")

    first: NumberText = Field("0", description="counter: the first number, in quotes.")
    last: NumberText = Field("100", description="counter: the last number, in quotes.")
    decimals: int = Field(0, ge=0, le=6, description="counter: digits after the point.")
    prefix: str = Field("", description="counter: text before the number.")
    suffix: str = Field("", description="counter: text after the number.")
    grouping: str = Field("", max_length=1, description="counter: the sign between thousands.")

    width: float = Field(0, ge=0, le=400, description="bar, rule: its length; 0 is the width of the block.")
    height: float = Field(0.4, gt=0, le=200, description="bar, rule, image: its height. box: that of a strip.")
    track: Colour = Field("#ffffff40", description="bar: the colour of the part that is not reached.")
    radius: float = Field(0, ge=0, le=50, description="bar, rule, box: the radius of its corners.")

    image: str = Field("", description="image: a field of the type image, such as {logo}.")

    around: str = Field("block", description="box: the id of a layer, block, or picture for the whole picture.")
    padding: tuple[float, float] = Field((0, 0), description="box: the space at the sides, and above and below.")
    feather: float = Field(0, ge=0, le=60, description="box: the blur of its edges.")
    strip: Edge | None = Field(None, description="box: only a strip along this side, as thick as height.")

    @model_validator(mode="before")
    @classmethod
    def _only_its_keys(cls, values: Any) -> Any:
        if isinstance(values, dict) and (known := _KEYS.get(values.get("kind", ""))):
            for key in values:
                if key in cls.model_fields and key not in known | _COMMON:
                    raise ValueError(f"has the key {key}, which a {values['kind']} does not have")
        return values

    @model_validator(mode="after")
    def _complete(self) -> TitleLayer:
        if self.kind == "text" and not self.text:
            raise ValueError("must have a text")
        if self.kind == "image" and not _PLACEHOLDER.fullmatch(self.image):
            raise ValueError("must have an image that is a field, such as {logo}")
        if self.strip == "center":
            raise ValueError("must have a strip at the left, right, top or bottom")
        if self.kind != "text" and any(one.each != "layer" for one in self.motion):
            raise ValueError("moves as a whole: only text has rows, words and characters")
        return self

    @property
    def placeholders(self) -> set[str]:
        """The names of the fields that it uses."""
        texts = (self.text, self.colour, self.highlight, self.track, self.first, self.last, self.image)
        return {name for text in (*texts, self.prefix, self.suffix) for name in _PLACEHOLDER.findall(text)}


class TitleTemplate(FrozenModel):
    """A template. Its author raises the revision with each change."""

    name: str = Field("", description="The name of the file.")
    revision: int = Field(1, ge=1, description="The version of this template.")
    title: str = Field("", description="What it is, in a few words.")
    kind: Kind = Field("title", description="What it is for.")
    duration: KeyTime = Field(Fraction(5), gt=0, description="Its length in seconds, without another one.")
    begin: KeyTime = Field(Fraction(3, 4), ge=0, description="Seconds in which it comes in; shorter in a short title.")
    end: KeyTime = Field(Fraction(1, 2), ge=0, description="Seconds in which it goes out; shorter in a short title.")
    mirror: bool = Field(True, description="Whether left and right are exchanged for a text from right to left.")
    fields: dict[str, TitleField] = Field({}, description="The values that the user sets.")
    layout: TitleLayout = Field(TitleLayout(), description="Where it is, in wide pictures.")
    tall: LayoutChange = Field(LayoutChange(), description="What is different in pictures that are higher than wide.")
    square: LayoutChange = Field(LayoutChange(), description="What is different in square pictures.")
    layers: tuple[TitleLayer, ...] = Field(min_length=1, description="What it shows, from back to front.")

    @model_validator(mode="after")
    def _consistent(self) -> TitleTemplate:
        for name in self.fields:
            if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
                raise ValueError(f"has the field {name}: use small letters, digits and _ for names")
        ids = {layer.id for layer in self.layers if layer.id} | {"block", "picture"}
        for number, layer in enumerate(self.layers, 1):
            if unknown := sorted(layer.placeholders - set(self.fields)):
                raise ValueError(f"has no field {unknown[0]}, which layer {number} uses")
            if layer.kind == "box" and layer.around not in ids:
                raise ValueError(f"has no layer {layer.around}, around which layer {number} is")
        return self

    @property
    def design(self) -> str:
        """The whole template as canonical JSON."""
        value = self.model_dump(mode="json", exclude_defaults=True)
        return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """SHA-256 of `design` in hex."""
        return hashlib.sha256(self.design.encode()).hexdigest()

    def layout_for(self, width: int, height: int) -> TitleLayout:
        """The layout for a picture of this size."""
        shape = width / height
        change = self.tall if shape < 0.8 else self.square if shape <= 1.25 else LayoutChange()
        return self.layout.model_copy(update=change.model_dump(exclude_none=True))


class TemplateText(TitleTemplate):
    """A template as it is written: also the version of its format, and what it inherits."""

    version: Annotated[int, AfterValidator(_known_version)] = Field(
        FORMAT_VERSION,
        description="The version of the format of templates.",
        json_schema_extra={"enum": [FORMAT_VERSION]},
    )
    extends: str | None = Field(
        None, description="The template whose keys this one inherits. Tables are merged; lists are replaced."
    )
    without: tuple[str, ...] = Field((), description="Inherited keys or tables to leave out, such as fields.logo.")


def substitute(text: str, values: dict[str, str]) -> str:
    """A text with the values of its fields."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], found[0]), text)
