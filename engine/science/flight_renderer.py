"""Renders the frames of a flight through a science picture."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from engine.effects import Accumulator, Shutter
from engine.render import SCENE, Bytes, Commands, Device, Graph, Image, Lease, Plan
from engine.science.flight_camera import FlightCamera
from engine.science.flight_passes import (
    CombinePass,
    MarchPass,
    MarchUniforms,
    StarsPass,
    StarUniforms,
    VolumePass,
    VolumeShape,
)
from engine.science.flight_scene import FlightScene

_STAR_FLOATS = 8


class FlightRenderer:
    """Renders frames of (width, height) of a scene; use as a context manager.

    The volume has half as many pixels each way, and is rendered at each subframe of the shutter; stars are streaks.
    """

    def __init__(
        self,
        device: Device,
        scene: FlightScene,
        camera: FlightCamera,
        size: tuple[int, int],
        rate: Fraction,
        shutter: Shutter,
        seed: int,
    ) -> None:
        width, height = size
        self._camera, self._rate, self._shutter = camera, rate, shutter
        small = (-(-width // 2), -(-height // 2))
        rows, columns = scene.base.shape[:2]
        shape = VolumeShape(columns, rows, scene.half_size)
        self._volume = _extruded(device, scene, shape, seed)
        march = Graph()
        march.source("volume", shape.image)
        march.add(MarchPass(shape, small, width / height))
        self._march = Plan(device, march, ["glow"])
        self._accumulator = Accumulator(device, Image(*small, SCENE))
        # The light of a star is a sum of pixels, which are smaller in a larger frame.
        stars = scene.stars.copy()
        stars[:, 4:7] *= (height / scene.rows) ** 2
        self._table = device.buffer(max(stars.nbytes, 4 * _STAR_FLOATS), "stars")
        if len(stars):
            device.upload(self._table, np.ascontiguousarray(stars))
        graph = Graph()
        graph.source("glow", Image(*small, "rgba32float"))
        graph.source("table", Bytes(max(stars.nbytes, 4 * _STAR_FLOATS)))
        graph.add(StarsPass(size))
        graph.add(CombinePass(size, small))
        self._finish = Plan(device, graph, ["scene"])
        self._finish.set_count("stars", len(stars))

    def __enter__(self) -> FlightRenderer:  # noqa: D105
        return self

    def __exit__(self, *error: object) -> None:  # noqa: D105
        self._volume.release()

    def render(self, number: int) -> Lease:
        """A frame as scene-linear ACEScg in half floats. The caller releases it."""
        time = number / self._rate
        subframes = self._shutter.subframes(time, self._rate)
        exposure = Fraction(self._shutter.angle).limit_denominator(1000) / 360 / self._rate
        opened, closed = (self._camera.at(time + side * exposure / 2).to_view for side in (-1, 1))
        self._finish.set_values("stars", StarUniforms(opened, closed))
        with self._accumulator.render(subframes, self._glow) as glow:
            return self._finish.run({"glow": glow.resource, "table": self._table})["scene"]

    def _glow(self, time: Fraction, commands: Commands) -> Lease:
        view = self._camera.at(time)
        axes = tuple((float(x), float(y), float(z), 0.0) for x, y, z in view.axes)
        self._march.set_values("march", MarchUniforms(view.place, (axes[0], axes[1], axes[2])))
        return self._march.run({"volume": self._volume.resource}, into=commands)["glow"]


def _extruded(device: Device, scene: FlightScene, shape: VolumeShape, seed: int) -> Lease:
    graph = Graph()
    graph.source("base", Image(shape.columns, shape.rows, SCENE))
    graph.add(VolumePass(shape, seed))
    plan = Plan(device, graph, ["volume"])
    light = np.clip(scene.base, -65504, 65504).astype(np.float16)
    with device.load_picture(light, SCENE) as base:
        return plan.run({"base": base.resource})["volume"]
