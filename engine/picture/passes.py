"""The picture's passes: in at the door, scaled, through the view, out to the encoder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import ClassVar

import numpy as np

from engine.picture.as_shot import HLG_GAMMA, HLG_PEAK_NITS, SDR_WHITE_NITS, Conversion
from engine.picture.choices import View
from engine.picture.color import SHAPERS, InputTransform, view_table
from engine.picture.planes import Chroma, Planes, decoding_matrix, luma_weights, siting_shares
from engine.picture.scaling import Axis
from engine.render import (
    PICTURE,
    SCENE,
    U32,
    WORDS,
    Bytes,
    ComputePass,
    Constant,
    Image,
    IVec2,
    PixelPass,
    PointPass,
    Rows3,
    Spec,
    Table,
    Uniforms,
    UVec2,
    Vec4,
    rows3,
)

# Columns a door workgroup decodes, and row pairs it walks down: shaders/input.wgsl declares the same.
_INPUT_COLUMNS, _INPUT_PAIRS = 256, 24


@dataclass(frozen=True)
class InputUniforms(Uniforms):
    """See shaders/input.wgsl."""

    to_rgb: Rows3
    to_acescg: Rows3
    size: UVec2
    made: UVec2
    luma_stride: U32
    chroma_stride: U32


class InputPass(ComputePass):
    """Stored samples laid out like `like` to linear light, upright by `rotation` and `mirrored`.

    The transform says which light: scene-linear ACEScg, or the encoding's own. With `halve` at half the size, odd
    sizes rounded up.
    """

    shader = "input.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {
        "luma": "array<vec4<u32>>",
        "cb": "array<vec2<u32>>",
        "cr": "array<vec2<u32>>",
    }
    outputs = ("scene",)
    uniforms = InputUniforms

    def __init__(
        self, like: Planes, transform: InputTransform, rotation: int, mirrored: bool, halve: bool = False
    ) -> None:
        self._like = like
        self._curve = transform.curve
        self._halve = halve
        step = 2 if halve else 1
        made = (-(-like.width // step), -(-like.height // step))
        self._turn, self._mirrored = quarters(rotation), mirrored
        self._upright = made[::-1] if self._turn % 2 else made
        super().__init__(
            InputUniforms(
                to_rgb=rows3(decoding_matrix(like)),
                to_acescg=rows3(transform.matrix),
                size=(like.width, like.height),
                made=made,
                luma_stride=row_bytes(like, 0) // 16,
                chroma_stride=row_bytes(like, 1) // 8,
            )
        )

    def constants(self) -> Mapping[str, Constant]:
        """The layout, the curve, which way up, and whether the picture is halved."""
        before, after, above, below = siting_shares(self._like.siting)
        return {
            "BITS": 8 if self._like.samples[0].itemsize == 1 else 16,
            "FLOAT": self._like.is_float,
            "SUB_X": self._like.subsampling[0],
            "SUB_Y": self._like.subsampling[1],
            "CURVE": int(self._curve),
            "BEFORE": before,
            "AFTER": after,
            "ABOVE": above,
            "BELOW": below,
            "TURN": self._turn,
            "MIRRORED": self._mirrored,
            "HALVE": self._halve,
            "RAGGED": self._like.width % 8 != 0,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The upright picture."""
        return {"scene": Image(*self._upright, SCENE)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """Eight columns an invocation; two rows at a time."""
        pairs = (self._like.height + 1) // 2
        return -(-self._like.width // _INPUT_COLUMNS), -(-pairs // _INPUT_PAIRS), 1


class ScalePass(PixelPass):
    """The picture scaled along one axis, in linear light: across, or `down`."""

    shader = "scale.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("scaled",)

    def __init__(self, axis: Axis, down: bool) -> None:
        super().__init__()
        self._axis, self._down = axis, down
        self._first = Table(axis.first, "array<u32>")
        self._weights = Table(axis.weights, "array<f32>")

    def constants(self) -> Mapping[str, Constant]:
        """Samples read for each output, and the direction."""
        return {"TAPS": self._axis.taps, "DOWN": self._down}

    def tables(self) -> Mapping[str, Table]:
        """Where each output reads, and how it weighs."""
        return {"first": self._first, "weights": self._weights}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """As long along the axis as the axis is."""
        given = inputs["picture"]
        assert isinstance(given, Image)
        length = len(self._axis.first)
        size = (given.width, length) if self._down else (length, given.height)
        return {"scaled": Image(*size, given.format)}


class ViewPass(PointPass):
    """Scene-linear ACEScg through a baked view to display code values of `format`."""

    shader = "view.wgsl"
    outputs = ("display",)

    def __init__(self, view: View, form: str) -> None:
        super().__init__()
        self._shaper = SHAPERS[view]
        self._nodes = _nodes(view)
        self._format = form

    def constants(self) -> Mapping[str, Constant]:
        """The shaper."""
        shaper = self._shaper
        return {
            "STEPS": shaper.steps,
            "OFFSET": shaper.offset,
            "TOP": shaper.top,
            "KNEE": shaper.knee,
            "BEND": shaper.bend,
            "SCALE": shaper.scale,
        }

    def tables(self) -> Mapping[str, Table]:
        """The view as OpenColorIO baked it."""
        return {"nodes": self._nodes}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The same size."""
        return _displayed(inputs, self._format)


@dataclass(frozen=True)
class AsShotUniforms(Uniforms):
    """See shaders/as_shot.wgsl."""

    to_target: Rows3


class AsShotPass(PointPass):
    """Light of a conversion's source, in its own `primaries` (an H.273 code), to display code values of `form`."""

    shader = "as_shot.wgsl"
    outputs = ("display",)
    uniforms = AsShotUniforms

    def __init__(self, conversion: Conversion, primaries: int, form: str) -> None:
        matrix = conversion.matrix(primaries)
        super().__init__(AsShotUniforms(rows3(matrix)))
        self._curves = conversion.curves
        self._remixed = not np.array_equal(matrix, np.eye(3))
        self._format = form

    def constants(self) -> Mapping[str, Constant]:
        """Both encodings, whether the primaries change, and how bright displays are."""
        source, target = map(int, self._curves)
        return {
            "SOURCE": source,
            "TARGET": target,
            "REMIXED": self._remixed,
            "GAMMA": HLG_GAMMA,
            "SDR_WHITE": SDR_WHITE_NITS / HLG_PEAK_NITS,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The same size."""
        return _displayed(inputs, self._format)


@dataclass(frozen=True)
class YuvUniforms(Uniforms):
    """See shaders/yuv.wgsl."""

    weights: Vec4
    range: Vec4
    size: UVec2
    place: IVec2
    shown: IVec2
    luma_words: U32
    chroma_words: U32
    cb_at: U32
    cr_at: U32
    frame: U32 = 0
    overlaid: U32 = 0


@dataclass(frozen=True, slots=True)
class PlaneLayout:
    """Where Y, Cb and Cr lie in the words that go to the encoder."""

    width: int
    height: int
    bit_depth: int
    chroma: Chroma

    @property
    def in_word(self) -> int:
        """Samples a word."""
        return 2 if self.bit_depth > 8 else 4

    @property
    def chroma_words(self) -> int:
        """Words a row of chroma; luma's rows have twice as many."""
        return -(-((self.width + 1) // 2) // self.in_word)

    @property
    def chroma_rows(self) -> int:
        """Rows of a chroma plane."""
        return (self.height + 1) // 2 if self.chroma == "420" else self.height

    @property
    def cb_at(self) -> int:
        """The first word of Cb."""
        return 2 * self.chroma_words * self.height

    @property
    def cr_at(self) -> int:
        """The first word of Cr."""
        return self.cb_at + self.chroma_words * self.chroma_rows

    @property
    def size(self) -> int:
        """Bytes in all."""
        return 4 * (self.cr_at + self.chroma_words * self.chroma_rows)


class YuvPass(ComputePass):
    """Display code values, in their place under an overlay, to planes for an encoder."""

    shader = "yuv.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"display": PICTURE, "overlay": WORDS}
    outputs = ("planes",)
    uniforms = YuvUniforms

    def __init__(
        self,
        layout: PlaneLayout,
        matrix: int,
        overlay_white: float,
        place: tuple[int, int],
        shown: tuple[int, int],
    ) -> None:
        self._layout = layout
        self._bars = shown != (layout.width, layout.height)
        red, blue = luma_weights(matrix)
        code = 1 << (layout.bit_depth - 8)
        super().__init__(
            YuvUniforms(
                weights=(red, 1 - red - blue, blue, overlay_white),
                range=(219 * code, 16 * code, 224 * code, 128 * code),
                size=(layout.width, layout.height),
                place=place,
                shown=shown,
                luma_words=2 * layout.chroma_words,
                chroma_words=layout.chroma_words,
                cb_at=layout.cb_at,
                cr_at=layout.cr_at,
            )
        )

    def constants(self) -> Mapping[str, Constant]:
        """Depth, subsampling, and whether there are bars."""
        return {"BITS": 32 // self._layout.in_word, "SUB_Y": int(self._layout.chroma == "420"), "BARS": self._bars}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The three planes one after the other."""
        return {"planes": Bytes(self._layout.size)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """One word of chroma an invocation."""
        return -(-self._layout.chroma_words // 64), self._layout.chroma_rows, 1


def quarters(rotation: int) -> int:
    """Quarter turns counter-clockwise in so many degrees."""
    return round(rotation / 90) % 4


def row_bytes(planes: Planes, plane: int) -> int:
    """Bytes a row of samples takes on the GPU: luma's are whole blocks of four words, chroma's of two."""
    samples = planes.samples[plane]
    size = 2 if planes.is_float else samples.itemsize
    block = 8 if plane else 16
    blocks: int = -(-samples.shape[1] * size // block)
    return blocks * block


def _displayed(inputs: Mapping[str, Spec], form: str) -> Mapping[str, Spec]:
    given = inputs["picture"]
    assert isinstance(given, Image)
    return {"display": Image(given.width, given.height, form)}


@cache
def _nodes(view: View) -> Table:
    codes = view_table(view).reshape(-1, 3).astype(np.uint32)
    return Table(np.column_stack([codes[:, 0] | codes[:, 1] << 16, codes[:, 2]]), "array<vec2<u32>>")
