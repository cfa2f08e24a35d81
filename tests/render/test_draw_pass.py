"""Draw passes: geometry from a buffer, blending, smooth edges, formats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from engine.render import VERTICES, Bytes, DrawPass, Graph, GraphError, Image, Plan, Spec, open_device

from .passes import GainPass

# Rectangles in pixels, with a premultiplied colour.
BOXES = """struct Varying { @builtin(position) position: vec4<f32>, @location(0) color: vec4<f32> };
fn vertex(given: Attributes, corner: u32) -> Varying {
    let place = vec2<f32>(vec2<u32>(corner & 1u, corner >> 1u));
    let at = given.corner + place * given.size;
    return Varying(vec4<f32>(at / SIZE * vec2<f32>(2.0, -2.0) + vec2<f32>(-1.0, 1.0), 0.0, 1.0), given.color);
}
fn pixel(given: Varying) -> vec4<f32> {
    return given.color;
}
"""
TRIANGLE = """struct Varying { @builtin(position) position: vec4<f32> };
fn vertex(given: Attributes, corner: u32) -> Varying {
    return Varying(vec4<f32>(given.place, 0.0, 1.0));
}
fn pixel(given: Varying) -> vec4<f32> {
    return vec4<f32>(1.0);
}
"""


class BoxesPass(DrawPass):
    shader = "boxes.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"boxes": VERTICES}
    outputs = ("drawn",)
    attributes: ClassVar[Mapping[str, str]] = {"corner": "vec2<f32>", "size": "vec2<f32>", "color": "vec4<f32>"}
    corners = 3

    def __init__(self, form: str = "rgba16float") -> None:
        super().__init__()
        self.image = Image(8, 8, form)

    def constants(self) -> Mapping[str, float]:
        return {"SIZE": 8.0}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"drawn": self.image}


class AddedPass(BoxesPass):
    blend = "add"
    samples = 1


class TrianglePass(BoxesPass):
    shader = "triangle.wgsl"
    attributes: ClassVar[Mapping[str, str]] = {"place": "vec2<f32>"}
    corners = 0


@pytest.fixture(autouse=True)
def draw_shaders(shaders: Path) -> None:
    (shaders / "boxes.wgsl").write_text(BOXES)
    (shaders / "triangle.wgsl").write_text(TRIANGLE)


def draw(work: BoxesPass, geometry: np.ndarray, count: int | None = None) -> np.ndarray:
    device, graph = open_device(), Graph()
    graph.source("boxes", Bytes(4))
    graph.add(work, "draw")
    plan = Plan(device, graph, ["drawn"])
    if count is not None:
        plan.set_count("draw", count)
    data = geometry.astype(np.float32)
    buffer = device.buffer(data.nbytes)
    device.upload(buffer, data)
    with plan.run({"boxes": buffer})["drawn"] as lease:
        (pixels,) = device.fetch([lease]).result()
    return pixels


# A right triangle with legs of twice the picture's sides covers all of it.
WHOLE_RED = [0, 0, 16, 16, 1, 0, 0, 1]
WHOLE_HALF_GREEN = [0, 0, 16, 16, 0, 0.5, 0, 0.5]


def test_instances_are_blended_in_the_order_of_the_buffer() -> None:
    pixels = draw(BoxesPass(), np.array([WHOLE_RED, WHOLE_HALF_GREEN]))

    np.testing.assert_array_equal(pixels, np.broadcast_to(np.float16([0.5, 0.5, 0, 1]), (8, 8, 4)))


def test_light_is_added_without_samples() -> None:
    pixels = draw(AddedPass(), np.array([WHOLE_RED, WHOLE_HALF_GREEN, WHOLE_RED]))

    np.testing.assert_array_equal(pixels[3, 3], np.float16([2, 0.5, 0, 2.5]))


def test_a_count_draws_the_first_instances() -> None:
    geometry = np.array([WHOLE_RED, WHOLE_HALF_GREEN])

    assert draw(BoxesPass(), geometry, 1)[2, 2].tolist() == [1, 0, 0, 1]
    assert not draw(BoxesPass(), geometry, 0).any()
    assert draw(BoxesPass(), geometry, 9)[2, 2].tolist() == [0.5, 0.5, 0, 1]


def test_edges_are_smooth_and_the_rest_is_transparent() -> None:
    pixels = draw(TrianglePass(), np.array([[-1.0, -1.0], [1.0, -1.0], [-1.0, 1.0]]))[..., 3]

    assert pixels[7, 0] == 1
    assert pixels[0, 7] == 0
    assert 0 < pixels[3, 3] < 1
    assert pixels.astype(float).sum() == pytest.approx(32, abs=1)


@pytest.mark.parametrize("form", ["rgba8unorm", "r8unorm", "r16float", "rg16float", "rgba16float"])
def test_every_format_that_devices_blend_is_drawn(form: str) -> None:
    pixels = draw(BoxesPass(form), np.array([WHOLE_RED]))

    assert pixels[4, 4, 0] == (255 if "unorm" in form else 1)
    assert pixels.shape[2] == (4 if "rgba" in form else 2 if "rg" in form else 1)


def test_a_format_that_devices_do_not_blend_is_refused() -> None:
    with pytest.raises(GraphError, match="draws rgba32float, which not every device blends"):
        draw(BoxesPass("rgba32float"), np.array([WHOLE_RED]))


def test_a_point_pass_after_it_sees_the_blended_picture() -> None:
    device, graph = open_device(), Graph()
    graph.source("boxes", Bytes(4))
    graph.add(BoxesPass(), "draw")
    graph.add(GainPass(3), picture="drawn")
    plan = Plan(device, graph, ["brighter"])

    assert plan.groups == ["draw", "gain"]


def test_the_samples_are_transient_and_in_the_explanation() -> None:
    graph = Graph()
    graph.source("boxes", Bytes(4))
    graph.add(BoxesPass(), "draw")
    plan = Plan(open_device(), graph, ["drawn"])

    (group,) = plan.explain().groups
    assert group.samples == 4 * 8 * 8 * 8
    assert group.attachment_bytes == 8 * 8 * 8
    assert plan.explain().peak_bytes == group.samples + group.attachment_bytes
    assert plan._runners[0].scratch is not None
    assert plan._runners[0].scratch.usage == open_device().transient_usage
