"""Passes that make texels of four words, from which other passes read packed samples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar

import numpy as np

from engine.render import CODES, CODES_FORMAT, Graph, Image, PixelPass, Plan, Spec, open_device

ROTATE = """fn pixel(at: vec2<u32>) -> vec4<u32> {
    return textureLoad(words, at).yzwx;
}
"""


class RotatePass(PixelPass):
    shader = "rotate.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"words": CODES}
    outputs = ("rotated",)

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"rotated": inputs["words"]}


def test_words_pass_through_passes_bit_by_bit(shaders: Path) -> None:
    (shaders / "rotate.wgsl").write_text(ROTATE)
    device, graph = open_device(), Graph()
    graph.source("words", Image(21, 5, CODES_FORMAT))
    graph.add(RotatePass(), "first", rotated="once")
    graph.add(RotatePass(), "second", words="once", rotated="twice")
    words = np.random.default_rng(1).integers(0, 1 << 32, (5, 21, 4), dtype=np.uint32)
    words[0, 0] = 0x7FC00001, 0xFFFFFFFF, 1, 0x80000000  # not a number, and denormal, as floats
    with (
        device.load_picture(words, CODES_FORMAT) as source,
        Plan(device, graph, ["twice"]).run({"words": source.resource})["twice"] as lease,
    ):
        (made,) = device.fetch([lease]).result()
    np.testing.assert_array_equal(made, np.roll(words, -2, axis=2))
