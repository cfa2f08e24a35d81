"""Uniforms have their declared values on the GPU, for any order and alignment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from engine.render import (
    F32,
    U32,
    Bytes,
    ComputePass,
    Graph,
    IVec2,
    Plan,
    Rows3,
    Spec,
    Uniforms,
    UVec2,
    Vec4,
    open_device,
    rows3,
)

ECHO = """
@compute @workgroup_size(1)
fn main() {
    echoed[0] = bitcast<u32>(uniforms.exposure);
    echoed[1] = uniforms.size.x;
    echoed[2] = uniforms.size.y;
    echoed[3] = bitcast<u32>(uniforms.shift);
    echoed[4] = bitcast<u32>(uniforms.matrix[1].z);
    echoed[5] = bitcast<u32>(uniforms.matrix[2].w);
    echoed[6] = bitcast<u32>(uniforms.weights.w);
    echoed[7] = bitcast<u32>(uniforms.place.x);
    echoed[8] = uniforms.frame;
}
"""


@dataclass(frozen=True)
class AllTypes(Uniforms):
    """A float comes first, so that the following vectors need padding."""

    exposure: F32
    size: UVec2
    shift: F32
    matrix: Rows3
    weights: Vec4
    place: IVec2
    frame: U32 = 9


class EchoPass(ComputePass):
    shader = "echo.wgsl"
    outputs = ("echoed",)
    uniforms = AllTypes

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"echoed": Bytes(36)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        return 1, 1, 1


def test_every_field_has_its_offset_in_wgsl(shaders: Path) -> None:
    (shaders / "echo.wgsl").write_text(ECHO)
    matrix = rows3(np.arange(12).reshape(3, 4))
    device = open_device()
    graph = Graph()
    graph.add(EchoPass(AllTypes(0.5, (7, 8), -3, matrix, (0, 0, 0, -1), (-5, 6))))
    with Plan(device, graph, ["echoed"]).run({})["echoed"] as lease:
        words = device.fetch([lease]).result()[0].view(np.uint32)

    floats, signed = words.view(np.float32), words.view(np.int32)
    assert (floats[0], words[1], words[2], floats[3]) == (0.5, 7, 8, -3)
    assert (floats[4], floats[5], floats[6]) == (6, 11, -1)
    assert (signed[7], words[8]) == (-5, 9)


def test_a_3_by_3_matrix_leaves_the_fourth_column_empty() -> None:
    assert rows3(np.eye(3)) == ((1, 0, 0, 0), (0, 1, 0, 0), (0, 0, 1, 0))


def test_uniforms_are_immutable() -> None:
    values = AllTypes(1, (1, 1), 1, rows3(np.eye(3)), (1, 1, 1, 1), (1, 1))
    with pytest.raises(AttributeError):
        values.frame = 3  # type: ignore[misc]
