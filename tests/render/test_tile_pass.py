"""Passes in workgroups that are chosen for the device: sizes, guards, shared memory, formats."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from engine.errors import EngineError
from engine.render import PICTURE, Graph, GraphError, Image, Plan, Spec, TilePass, open_device
from engine.render.workgroups import MAX_SHARED_BYTES, MAX_THREADS, Shape, choose_tile, count_tiles

from .passes import GainPass, RampPass, SplitPass

# The sum of a row's neighbours within 2 pixels, read once into shared memory.
ROW_SUM = """var<workgroup> row: array<vec4<f32>, TILE_X * TILE_Y + 4u * TILE_Y>;
fn tile(here: Invocation) {
    let size = textureDimensions(picture);
    let width = TILE_X + 4u;
    for (var place = here.local.x; place < width; place += TILE_X) {
        let x = i32(here.group.x * TILE_X + place) - 2;
        let inside = clamp(vec2<i32>(x, i32(here.at.y)), vec2<i32>(0), vec2<i32>(size) - 1);
        row[here.local.y * width + place] = textureLoad(picture, inside, 0);
    }
    workgroupBarrier();
    var sum = vec4<f32>(0.0);
    for (var tap = 0u; tap < 5u; tap++) {
        sum += row[here.local.y * width + here.local.x + tap];
    }
    store_summed(here.at, sum);
}
"""


class RowSumPass(TilePass):
    shader = "row_sum.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("summed",)
    shape: ClassVar[Shape] = "row"

    def shared_bytes(self, tile: tuple[int, int]) -> int:
        return 16 * (tile[0] + 4) * tile[1]


@pytest.fixture(autouse=True)
def row_sum(shaders: Path) -> None:
    (shaders / "row_sum.wgsl").write_text(ROW_SUM)


@pytest.mark.parametrize("size", [(1, 1), (255, 3), (257, 2), (513, 5)])
def test_every_pixel_of_odd_sizes_is_made_once(size: tuple[int, int]) -> None:
    device, graph = open_device(), Graph()
    graph.add(RampPass(*size))
    graph.add(RowSumPass(), picture="ramp")
    with Plan(device, graph, ["summed"]).run({})["summed"] as lease:
        (pixels,) = device.fetch([lease]).result()

    places = np.clip(np.arange(size[0])[:, None] + np.arange(-2, 3), 0, size[0] - 1)
    np.testing.assert_array_equal(pixels[-1, :, 0], places.sum(1))
    np.testing.assert_array_equal(pixels[:, 0, 1], 5 * np.arange(size[1]))


@pytest.mark.parametrize("shape", ["square", "row", "column"])
def test_workgroups_are_within_the_portable_limits(shape: Shape) -> None:
    free = choose_tile(shape, False)
    tight = choose_tile(shape, False, lambda tile: 250 * tile[0] * tile[1])

    assert free[0] * free[1] <= MAX_THREADS
    assert tight[0] * tight[1] * 250 <= MAX_SHARED_BYTES
    assert tight < free
    with pytest.raises(EngineError, match="bytes of shared memory"):
        choose_tile(shape, False, lambda tile: MAX_SHARED_BYTES + 1)


@pytest.mark.parametrize(
    ("size", "tile"),
    [
        ((2048, 3), (256, 1)),
        ((1920, 1080), (128, 2)),
        ((60, 34), (64, 4)),
        ((7, 5), (32, 8)),
        ((17, 16), (32, 8)),
        ((16, 16), (16, 16)),
    ],
)
def test_a_software_device_covers_a_picture_with_few_invocations(size: tuple[int, int], tile: tuple[int, int]) -> None:
    assert choose_tile("square", True, size=size) == tile


def test_partial_workgroups_are_counted() -> None:
    assert count_tiles((257, 1), (256, 1)) == (2, 1, 1)
    assert count_tiles((256, 8), (8, 8)) == (32, 1, 1)


class NarrowPass(RowSumPass):
    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"summed": Image(4, 4, "rg16float")}


def test_stored_half_floats_of_few_channels_are_widened() -> None:
    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(NarrowPass(), picture="ramp")
    graph.add(SplitPass(), picture="summed")

    specs = graph.schedule(["red"]).specs

    assert specs["summed"] == specs["red"] == Image(4, 4, "rg32float")


@pytest.mark.parametrize("form", ["r16float", "rg16float", "r32float", "rg32float"])
def test_pictures_of_few_channels_are_drawn(form: str) -> None:
    class FewPass(SplitPass):
        def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
            return dict.fromkeys(self.outputs, Image(4, 4, form))

    device, graph = open_device(), Graph()
    graph.add(RampPass(4, 4))
    graph.add(FewPass(), picture="ramp")
    plan = Plan(device, graph, ["red"])
    with plan.run({})["red"] as lease:
        (pixels,) = device.fetch([lease]).result()

    assert pixels.dtype == (np.float16 if "16" in form else np.float32)
    assert pixels[0, :, 0].tolist() == [0, 1, 2, 3]


def test_a_picture_that_is_stored_beside_one_that_is_not_drawable_is_widened() -> None:
    class MixedPass(SplitPass):
        def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
            return {"red": Image(4, 4, "rgba16unorm"), "green": Image(4, 4, "r16float")}

    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(MixedPass(), picture="ramp")

    assert graph.schedule(["green"]).specs["green"] == Image(4, 4, "r32float")


def test_a_fused_pass_cannot_make_a_stored_format_narrow() -> None:
    class NarrowGainPass(GainPass):
        def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
            return {"brighter": Image(4, 4, "r16float")}

    graph = Graph()
    graph.add(RampPass(4, 4))
    graph.add(NarrowGainPass(1), picture="ramp")

    with pytest.raises(GraphError, match="“ramp” stores r16float"):
        graph.schedule(["brighter"])
