"""Point shaders of packages: checked by our own reader, then compiled in a process with limits."""

from __future__ import annotations

import re

from engine.errors import RequestError
from engine.market.limited import check_limited
from engine.point_shader import ENTRY, PointShader, module_name, read_point_shader

# The names of `module_name`, whose middle the author knows.
_OWN_NAME = re.compile(r"\bown_(\w+?)_x\b")
_MAIN = """@group(0) @binding(0) var<storage, read_write> values: array<vec4<f32>>;
@compute @workgroup_size(1)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {{
    let given = values[id.x];
    values[id.x] = vec4<f32>({entry}({arguments}), 1.0);
}}
"""


def canonical_shader(content: bytes, name: str) -> bytes:
    """A point shader in one form, after a compiler has accepted it.

    Raises RequestError, with the line, as `read_point_shader`, for errors of types, and if it does not compile within
    the limits of `check_limited`.
    """
    shader = read_point_shader(content, name)
    check_limited("shader", content, name)
    return shader.text.encode()


def compiled(content: bytes) -> bytes:
    """Compiles a shader for the GPU, and returns nothing. Raises RequestError with the line and the reason."""
    from engine.render import check_source

    shader = read_point_shader(content, "The shader")
    if error := check_source(module_of(shader)):
        line = shader.origins[error.line - 1] if 0 < error.line <= len(shader.origins) else 1
        reason = " ".join(_OWN_NAME.sub(r"\1", error.message).split())
        raise RequestError(f"line {line}: {reason}", "Correct the shader.")
    return b""


def module_of(shader: PointShader) -> str:
    """A module that calls a shader for each of many values."""
    arguments = ", ".join(("given.xyz", "given.xy", *("given.w" for _ in shader.parameters)))
    return shader.module + _MAIN.format(entry=module_name(ENTRY), arguments=arguments)
