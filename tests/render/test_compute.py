"""Compute passes: bound by name, their errors with file and line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engine import resources
from engine.errors import EngineError
from engine.render import ComputePass, adapter_description, open_device

DOUBLE = """
override STEP: u32 = 1u;
struct Uniforms { factor: f32, offset: f32 };
@group(0) @binding(0) var<uniform> uniforms: Uniforms;
@group(0) @binding(1) var<storage, read> given: array<f32>;
@group(0) @binding(2) var<storage, read_write> made: array<f32>;
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    made[id.x] = given[id.x * STEP] * uniforms.factor + uniforms.offset;
}
"""


class Scale(ComputePass):
    shader = "scale.wgsl"
    uniforms = np.dtype([("factor", np.float32), ("offset", np.float32)])


@pytest.fixture
def shaders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shaders folder of the test's own."""
    monkeypatch.setattr(resources, "resource_root", lambda kind: tmp_path)
    (tmp_path / "scale.wgsl").write_text(DOUBLE)
    return tmp_path


def test_a_pass_runs_with_its_constants_and_uniforms(shaders: Path) -> None:
    device = open_device()
    given, made = device.buffer(64), device.buffer(32)
    device.upload(given, np.arange(16, dtype=np.float32))
    bound = Scale(device.gpu, {"STEP": 2}).bind(given=given, made=made)
    bound.set(factor=10, offset=0.5)

    first = device.submit([(bound, (2, 1, 1))], [(made, 32)])
    bound.set(offset=0)
    second = device.submit([(bound, (2, 1, 1))], [(made, 32)])

    assert first.result()[0].view(np.float32).tolist() == [20.0 * n + 0.5 for n in range(8)]
    assert second.result()[0].view(np.float32).tolist() == [20.0 * n for n in range(8)]


def test_a_mistake_in_a_shader_is_told_with_file_and_line(shaders: Path) -> None:
    (shaders / "scale.wgsl").write_text(DOUBLE.replace("uniforms.factor", "uniforms.facter"))

    with pytest.raises(EngineError, match=r"shaders/scale\.wgsl does not compile") as caught:
        Scale(open_device().gpu)

    assert "scale.wgsl:9" in caught.value.message or "wgsl:9" in caught.value.message


def test_a_buffer_left_out_or_made_up_is_named(shaders: Path) -> None:
    device = open_device()
    with pytest.raises(KeyError, match="given, other"):
        Scale(device.gpu).bind(made=device.buffer(4), other=device.buffer(4))


def test_there_is_one_device_and_it_has_a_name() -> None:
    assert open_device() is open_device()
    assert adapter_description()


def test_more_than_the_gpu_can_bind_is_an_error_that_says_so() -> None:
    device = open_device()
    with pytest.raises(EngineError, match="MiB"):
        device.buffer(device.max_binding + 1)
