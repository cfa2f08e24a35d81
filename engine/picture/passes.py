"""The render passes of a picture: input, scaling, view or conversion, and output to the encoder."""

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
    CODES,
    CODES_FORMAT,
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

# Columns and row pairs per workgroup of the input pass; must match shaders/input.wgsl.
_INPUT_COLUMNS, _INPUT_PAIRS = 256, 24
# Half of the widened Hermite cubic at ½ sample from the centre; its square is the factor of halving in both directions.
_HALF_WEIGHT = 0.421875


@dataclass(frozen=True)
class InputUniforms(Uniforms):
    """See shaders/input.wgsl."""

    to_rgb: Rows3
    to_acescg: Rows3
    size: UVec2
    made: UVec2


class InputPass(ComputePass):
    """Converts stored samples with the layout of `like` to linear light, upright by `rotation` and `mirrored`.

    The transform selects scene-linear ACEScg or the encoding's own primaries. `halve` halves the size, rounding up.
    """

    shader = "input.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {
        "luma": CODES,
        "cb": CODES,
        "cr": CODES,
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
                to_acescg=rows3(transform.matrix * (_HALF_WEIGHT**2 if halve else 1.0)),
                size=(like.width, like.height),
                made=made,
            )
        )

    def constants(self) -> Mapping[str, Constant]:
        """Sample layout, curve, orientation and halving."""
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
            "CUT": self._like.width % 16 != 0 or self._like.height % 2 != 0,
            "RAGGED": self._like.width % 8 != 0,
            "SHORT": self._like.width % 16 == 8,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The upright picture."""
        return {"scene": Image(*self._upright, SCENE)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """Each invocation decodes sixteen columns, two rows at a time."""
        pairs = (self._like.height + 1) // 2
        return -(-self._like.width // _INPUT_COLUMNS), -(-pairs // _INPUT_PAIRS), 1


class ScalePass(PixelPass):
    """Scales the picture along one axis in linear light: horizontally, or vertically (`down`)."""

    shader = "scale.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("scaled",)

    def __init__(self, axis: Axis, down: bool) -> None:
        super().__init__()
        self._axis, self._down = axis, down
        self._first = Table(axis.first, "array<u32>")
        self._weights = Table(axis.weights, "array<f32>")

    def constants(self) -> Mapping[str, Constant]:
        """The number of samples per output, and the direction."""
        return {"TAPS": self._axis.taps, "DOWN": self._down}

    def tables(self) -> Mapping[str, Table]:
        """The first sample and the weights of each output."""
        return {"first": self._first, "weights": self._weights}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The picture with the axis's new length."""
        given = inputs["picture"]
        assert isinstance(given, Image)
        length = len(self._axis.first)
        size = (given.width, length) if self._down else (length, given.height)
        return {"scaled": Image(*size, given.format)}


class ViewPass(PointPass):
    """Converts scene-linear ACEScg to display code values of texture format `form` by a baked view."""

    shader = "view.wgsl"
    common = ("common/tetrahedron.wgsl",)
    outputs = ("display",)

    def __init__(self, view: View, form: str) -> None:
        super().__init__()
        self._shaper = SHAPERS[view]
        self._nodes = _nodes(view)
        self._format = form

    def constants(self) -> Mapping[str, Constant]:
        """The parameters of the shaper."""
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
        """The view baked by OpenColorIO."""
        return {"nodes": self._nodes}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A picture of the same size."""
        return _displayed(inputs, self._format)


@dataclass(frozen=True)
class AsShotUniforms(Uniforms):
    """See shaders/as_shot.wgsl."""

    to_target: Rows3


class AsShotPass(PointPass):
    """Converts light of a conversion's source, in `primaries` (an H.273 code), to display codes of format `form`."""

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
        """Both encodings, whether the primaries change, and the luminances of displays."""
        source, target = map(int, self._curves)
        return {
            "SOURCE": source,
            "TARGET": target,
            "REMIXED": self._remixed,
            "GAMMA": HLG_GAMMA,
            "SDR_WHITE": SDR_WHITE_NITS / HLG_PEAK_NITS,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """A picture of the same size."""
        return _displayed(inputs, self._format)


@dataclass(frozen=True)
class YuvUniforms(Uniforms):
    """See shaders/yuv.wgsl."""

    weights: Vec4
    range: Vec4
    bars: Vec4
    size: UVec2
    place: IVec2
    shown: IVec2
    luma_words: U32
    chroma_words: U32
    cb_at: U32
    cr_at: U32
    frame: U32 = 0


@dataclass(frozen=True, slots=True)
class PlaneLayout:
    """The memory layout of Y, Cb and Cr in words."""

    width: int
    height: int
    bit_depth: int
    chroma: Chroma

    @property
    def in_word(self) -> int:
        """Samples per word."""
        return 2 if self.bit_depth > 8 else 4

    @property
    def chroma_words(self) -> int:
        """Words per row of chroma; luma rows have twice as many."""
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
        """The total size in bytes."""
        return 4 * (self.cr_at + self.chroma_words * self.chroma_rows)


class YuvPass(ComputePass):
    """Converts display code values to planes for an encoder: placement, overlay, YCbCr and dither."""

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
        bars: tuple[float, float, float] | None = None,
        *,
        overlaid: bool = False,
    ) -> None:
        self._layout = layout
        self._overlaid = overlaid
        self._bars = shown != (layout.width, layout.height)
        red, blue = luma_weights(matrix)
        code = 1 << (layout.bit_depth - 8)
        super().__init__(
            YuvUniforms(
                weights=(red, 1 - red - blue, blue, overlay_white),
                range=(219 * code, 16 * code, 224 * code, 128 * code),
                bars=(*(overlay_white * part for part in bars or (0.0, 0.0, 0.0)), 0.0),  # type: ignore[arg-type]
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
        """Bit depth, subsampling, and whether there are bars and an overlay."""
        return {
            "BITS": 32 // self._layout.in_word,
            "SUB_Y": int(self._layout.chroma == "420"),
            "BARS": self._bars,
            "OVERLAID": self._overlaid,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The three planes in sequence."""
        return {"planes": Bytes(self._layout.size)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """Each invocation writes one word of each chroma plane."""
        return -(-self._layout.chroma_words // 64), self._layout.chroma_rows, 1


def quarters(rotation: int) -> int:
    """The number of counter-clockwise quarter turns in `rotation` degrees."""
    return round(rotation / 90) % 4


def samples_image(planes: Planes, plane: int) -> Image:
    """The texture of a plane's packed samples: four words a texel, rows padded to whole texels."""
    samples = planes.samples[plane]
    size = 2 if planes.is_float else samples.itemsize
    return Image(-(-samples.shape[1] * size // 16), len(samples), CODES_FORMAT)


def _displayed(inputs: Mapping[str, Spec], form: str) -> Mapping[str, Spec]:
    given = inputs["picture"]
    assert isinstance(given, Image)
    return {"display": Image(given.width, given.height, form)}


@cache
def _nodes(view: View) -> Table:
    # Four numbers of 16 bits are the two words of a texel; the last one is not used.
    codes = view_table(view)
    packed = np.zeros((*codes.shape[:3], 4), "<u2")
    packed[..., :3] = codes
    return Table(packed.view("<u4"), "texture_storage_3d<rg32uint, read>", "rg32uint")
