"""The GPU passes of a flight: the volume, its march, stars, and their sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.render import (
    PICTURE,
    SCENE,
    VERTICES,
    ComputePass,
    Constant,
    DrawPass,
    Image,
    PixelPass,
    Rows3,
    Spec,
    Uniforms,
    Vec4,
)
from engine.science.flight_camera import REFERENCE_DISTANCE
from engine.science.flight_scene import STAR_DEPTH

SLICES = 40
"""Slices of the volume, which are the steps of its march."""

_COLUMNS = 5
_NEAREST = 0.08
_OPACITY = 1.6
_HALO = 0.1
_WIDER = 4.0

_NO_ROWS: Rows3 = ((1.0, 0.0, 0.0, 0.0), (0.0, 1.0, 0.0, 0.0), (0.0, 0.0, 1.0, 0.0))


@dataclass(frozen=True, slots=True)
class VolumeShape:
    """A volume with slices of `columns` × `rows`, and half of its width and height in half heights of the frame."""

    columns: int
    rows: int
    half_size: tuple[float, float]

    @property
    def image(self) -> Image:
        """The picture that has all slices."""
        return Image(self.columns * _COLUMNS, self.rows * -(-SLICES // _COLUMNS), SCENE)

    def constants(self) -> dict[str, Constant]:
        """The constants that volume.wgsl and march.wgsl share."""
        return {
            "SLICES": SLICES,
            "COLUMNS": _COLUMNS,
            "WIDTH": self.columns,
            "HEIGHT": self.rows,
            "HALF_WIDTH": self.half_size[0],
            "HALF_HEIGHT": self.half_size[1],
            "DEPTH": STAR_DEPTH / 2,
            "DISTANCE": REFERENCE_DISTANCE,
        }


class VolumePass(ComputePass):
    """Extrudes a picture to a volume; see shaders/science/volume.wgsl."""

    shader = "science/volume.wgsl"
    common = ("common/hash.wgsl",)
    inputs: ClassVar[Mapping[str, str]] = {"base": PICTURE}
    outputs = ("volume",)

    def __init__(self, shape: VolumeShape, seed: int) -> None:
        super().__init__()
        self._shape, self._seed = shape, seed

    def constants(self) -> Mapping[str, Constant]:
        """The volume's shape and seed."""
        return {**self._shape.constants(), "OPACITY": _OPACITY, "SEED": self._seed}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """All slices in one picture."""
        return {"volume": self._shape.image}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        """An invocation for each column."""
        return -(-self._shape.columns // 8), -(-self._shape.rows // 8), 1


@dataclass(frozen=True)
class MarchUniforms(Uniforms):
    """See shaders/science/march.wgsl."""

    eye: Vec4
    axes: Rows3


class MarchPass(PixelPass):
    """Marches through a volume to a picture of `size` (width, height); see shaders/science/march.wgsl."""

    shader = "science/march.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"volume": PICTURE}
    outputs = ("glow",)
    uniforms = MarchUniforms

    def __init__(self, shape: VolumeShape, size: tuple[int, int], aspect: float) -> None:
        super().__init__(MarchUniforms((0.0, 0.0, REFERENCE_DISTANCE, 0.0), _NO_ROWS))
        self._shape, self._size, self._aspect = shape, size, aspect

    def constants(self) -> Mapping[str, Constant]:
        """The shapes of the volume and of the frame."""
        width, height = self._size
        frame = {"ACROSS": float(width), "DOWN": float(height), "ASPECT": self._aspect, "NEAREST": _NEAREST}
        return {**self._shape.constants(), **frame}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The picture."""
        return {"glow": Image(*self._size, SCENE)}


@dataclass(frozen=True)
class StarUniforms(Uniforms):
    """See shaders/science/stars.wgsl."""

    opened: Rows3
    closed: Rows3


class StarsPass(DrawPass):
    """Draws stars; see shaders/science/stars.wgsl."""

    shader = "science/stars.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"table": VERTICES}
    outputs = ("stars",)
    uniforms = StarUniforms
    attributes: ClassVar[Mapping[str, str]] = {"place": "vec4<f32>", "light": "vec4<f32>"}
    corners = 6
    blend = "add"
    samples = 1

    def __init__(self, size: tuple[int, int]) -> None:
        super().__init__(StarUniforms(_NO_ROWS, _NO_ROWS))
        self._size = size

    def constants(self) -> Mapping[str, Constant]:
        """The frame, and the shape of a star."""
        width, height = self._size
        return {
            "ACROSS": float(width),
            "DOWN": float(height),
            "ASPECT": width / height,
            "DISTANCE": REFERENCE_DISTANCE,
            "NEAREST": _NEAREST,
            # A narrower star would have another sum of pixels at another place between them.
            "DEVIATION": 0.7 * max(1.0, height / 1080),
            "HALO": _HALO,
            "WIDER": _WIDER,
        }

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The frame."""
        return {"stars": Image(*self._size, SCENE)}


class CombinePass(PixelPass):
    """Adds the stars to the volume's light; see shaders/science/combine.wgsl."""

    shader = "science/combine.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"glow": PICTURE, "stars": PICTURE}
    outputs = ("scene",)

    def __init__(self, size: tuple[int, int], small: tuple[int, int]) -> None:
        super().__init__()
        self._size, self._small = size, small

    def constants(self) -> Mapping[str, Constant]:
        """The sizes of both pictures."""
        (width, height), (across, down) = self._size, self._small
        return {"WIDTH": width, "HEIGHT": height, "SMALL_WIDTH": across, "SMALL_HEIGHT": down}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        """The frame."""
        return {"scene": Image(*self._size, SCENE)}
