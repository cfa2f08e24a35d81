"""The camera of a flight through a science picture: keyframes in TOML, and the view at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ConfigDict, Field

from engine.catalog import FrozenModel
from engine.errors import RequestError
from engine.keyframes import KeyframeCurve, KeyframeModel, curve_from_keys
from engine.render import Rows3, Vec4, rows3
from engine.validation import read_text, read_toml

REFERENCE_DISTANCE = 2.0
"""The distance at which the picture fills the frame and looks as it is, in half heights of the frame."""

_CURVES = ("x", "y", "z", "target_x", "target_y", "target_z", "roll")
_RESTING = {"z": REFERENCE_DISTANCE}

Keys = tuple[KeyframeModel, ...]


class FlightPath(FrozenModel):
    """A camera's curves. Lengths are in half heights of the frame where the picture's plane is seen from z = 2.

    x points to the right, y up, and z from the picture to the camera. A curve without keys is 0, and that of z is 2.
    """

    model_config = ConfigDict(allow_inf_nan=False)

    x: Keys = Field((), description="Place of the camera, to the right.")
    y: Keys = Field((), description="Place of the camera, up.")
    z: Keys = Field((), description="Distance of the camera from the picture's plane.")
    target_x: Keys = Field((), description="Place that the camera looks at, to the right.")
    target_y: Keys = Field((), description="Place that the camera looks at, up.")
    target_z: Keys = Field((), description="Place that the camera looks at, towards the reference camera.")
    roll: Keys = Field((), description="Rotation about the line of sight in degrees, clockwise.")


@dataclass(frozen=True, slots=True)
class CameraView:
    """A place in the scene, and the directions to the right, up and forward of the camera as rows."""

    eye: NDArray[np.float64]
    axes: NDArray[np.float64]

    @property
    def place(self) -> Vec4:
        """The place as a uniform."""
        x, y, z = (float(value) for value in self.eye)
        return x, y, z, 0.0

    @property
    def to_view(self) -> Rows3:
        """The matrix from the scene to right, up and depth."""
        return rows3(np.column_stack([self.axes, -self.axes @ self.eye]))


class FlightCamera:
    """The camera of a path. Raises RequestError if two keys of a curve have one time."""

    def __init__(self, path: FlightPath) -> None:
        self._curves: dict[str, KeyframeCurve] = {}
        for name in _CURVES:
            if keys := getattr(path, name):
                try:
                    self._curves[name] = curve_from_keys(keys)
                except ValueError as problem:
                    raise RequestError(
                        f"The curve {name} of the camera is wrong: {problem}.", "Correct its keys."
                    ) from None

    def at(self, time: Fraction) -> CameraView:
        """The view at a time in seconds. Raises RequestError if the camera is at its target, or looks along y."""
        value = {name: self._at(name, time) for name in _CURVES}
        eye = np.array([value["x"], value["y"], value["z"]])
        forward = np.array([value["target_x"], value["target_y"], value["target_z"]]) - eye
        right = np.cross(forward, (0.0, 1.0, 0.0))
        if np.linalg.norm(right) < 1e-6:
            raise RequestError(
                f"At {float(time):g} s, the camera is at its target, or straight above or below it.",
                "Move the target, or the camera.",
            )
        forward, right = forward / np.linalg.norm(forward), right / np.linalg.norm(right)
        up = np.cross(right, forward)
        turn = math.radians(value["roll"])
        cos, sin = math.cos(turn), math.sin(turn)
        return CameraView(eye, np.array([right * cos - up * sin, up * cos + right * sin, forward]))

    def _at(self, name: str, time: Fraction) -> float:
        curve = self._curves.get(name)
        return curve.at(time) if curve else _RESTING.get(name, 0.0)


def default_path(seconds: Fraction) -> FlightPath:
    """A slow flight towards the picture with a small orbit."""

    def keys(*values: tuple[Fraction, float]) -> Keys:
        return tuple(KeyframeModel(time=time, value=value, interpolation="ease") for time, value in values)

    zero, half = Fraction(0), seconds / 2
    return FlightPath(
        x=keys((zero, -0.16), (seconds, 0.16)),
        y=keys((zero, -0.04), (half, 0.05), (seconds, -0.02)),
        z=keys((zero, 1.62), (seconds, 0.95)),
    )


def read_path(file: Path) -> FlightPath:
    """The path in a TOML file. Raises RequestError that says what is wrong with it."""
    path = read_toml(FlightPath, read_text(file), str(file), "camera path", "docs/science.md shows one.")
    FlightCamera(path)
    return path
