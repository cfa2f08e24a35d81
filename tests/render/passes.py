"""Small passes for the render tests, with their WGSL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.render import (
    F32,
    PICTURE,
    WORDS,
    Bytes,
    ComputePass,
    Constant,
    Image,
    PixelPass,
    PointPass,
    Spec,
    Uniforms,
)

WGSL = {
    "ramp.wgsl": """// A picture whose red is its column and green its row.
@compute @workgroup_size(8, 8)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    if id.x < WIDTH && id.y < HEIGHT {
        store_ramp(id.xy, vec4<f32>(vec2<f32>(id.xy), 0.0, 1.0));
    }
}
""",
    "gain.wgsl": """// Each pixel times `amount`.
fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return vec4<f32>(color.rgb * uniforms.amount, color.a);
}
""",
    "lift.wgsl": """// Each pixel plus a constant.
fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return color + vec4<f32>(vec3<f32>(LIFT), 0.0);
}
""",
    "matte.wgsl": """// The picture where the mask is white.
fn pixel(color: vec4<f32>, at: vec2<u32>) -> vec4<f32> {
    return color * textureLoad(mask, at, 0).r;
}
""",
    "mirror.wgsl": """// Left becomes right: reads another pixel than it makes.
fn pixel(at: vec2<u32>) -> vec4<f32> {
    return textureLoad(picture, vec2<u32>(textureDimensions(picture).x - 1u - at.x, at.y), 0);
}
""",
    "split.wgsl": """// The red, and the green, each as a picture.
struct Made { red: vec4<f32>, green: vec4<f32> };
fn pixel(at: vec2<u32>) -> Made {
    let color = textureLoad(picture, at, 0);
    return Made(vec4<f32>(color.rrr, 1.0), vec4<f32>(color.ggg, 1.0));
}
""",
    "count.wgsl": """// Words in, the same words plus one out.
@compute @workgroup_size(4)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
    counted[id.x] = given[id.x] + 1u;
}
""",
}


class RampPass(ComputePass):
    """A picture whose values are its coordinates."""

    shader = "ramp.wgsl"
    outputs = ("ramp",)

    def __init__(self, width: int, height: int, form: str = "rgba32float") -> None:
        super().__init__()
        self.image = Image(width, height, form)

    def constants(self) -> Mapping[str, Constant]:
        return {"WIDTH": self.image.width, "HEIGHT": self.image.height}

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"ramp": self.image}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        return -(-self.image.width // 8), -(-self.image.height // 8), 1


@dataclass(frozen=True)
class GainUniforms(Uniforms):
    amount: F32


class GainPass(PointPass):
    shader = "gain.wgsl"
    outputs = ("brighter",)
    uniforms = GainUniforms

    def __init__(self, amount: float) -> None:
        super().__init__(GainUniforms(amount))


class LiftPass(PointPass):
    shader = "lift.wgsl"
    outputs = ("lifted",)

    def __init__(self, by: float) -> None:
        super().__init__()
        self._by = float(by)

    def constants(self) -> Mapping[str, Constant]:
        return {"LIFT": self._by}


class MattePass(PointPass):
    shader = "matte.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE, "mask": PICTURE}
    outputs = ("cut_out",)


class MirrorPass(PixelPass):
    shader = "mirror.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("mirrored",)


class SplitPass(PixelPass):
    shader = "split.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"picture": PICTURE}
    outputs = ("red", "green")


class CountPass(ComputePass):
    shader = "count.wgsl"
    inputs: ClassVar[Mapping[str, str]] = {"given": WORDS}
    outputs = ("counted",)

    def derive(self, inputs: Mapping[str, Spec]) -> Mapping[str, Spec]:
        return {"counted": Bytes(inputs["given"].size)}

    def groups(self, outputs: Mapping[str, Spec]) -> tuple[int, int, int]:
        return outputs["counted"].size // 16, 1, 1
