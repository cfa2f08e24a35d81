"""A point shader of the user: a checked WGSL function that changes each pixel by itself."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from engine.effects.effect import Effect
from engine.effects.pass_builder import PassBuilder
from engine.errors import RequestError
from engine.file_stamp import FileStamp, read_stamp
from engine.point_shader import ENTRY, MOST_PARAMETERS, PointShader, module_name, read_point_shader
from engine.render import F32, GeneratedText, PointPass, Uniforms, Vec2, Vec4

_LARGEST = 1e6
_Number = Annotated[float, Field(ge=-_LARGEST, le=_LARGEST)]
_NONE = (0.0,) * MOST_PARAMETERS


class PointEffect(Effect):
    """A function of the colour and the place of a pixel, from a .wgsl file.

    Raises RequestError from `build`, with file and line, if the file is missing or contains anything that is not of the
    checked subset (docs/market.md), or if a parameter is missing or unknown.
    """

    kind: ClassVar[str] = "point"

    file: str = Field(min_length=1, description="The file: a .wgsl file with the function “point”.")
    parameters: dict[str, _Number] = Field(
        {}, max_length=MOST_PARAMETERS, description="The numbers of the function, by name: { amount = 0.5 }."
    )
    amount: float = Field(1.0, ge=0, le=1, description="Share of the result; 0 is the picture without it.")

    def build(self, passes: PassBuilder, picture: str) -> str:
        """One pointwise pass."""
        shader = self.shader()
        numbers = (*(self.parameters[name] for name in shader.parameters), *_NONE)
        frame = passes.frame
        values = PointUniforms(
            (numbers[0], numbers[1], numbers[2], numbers[3]),
            (numbers[4], numbers[5], numbers[6], numbers[7]),
            (frame.width / 2 - frame.x - 0.5, frame.height / 2 - frame.y - 0.5),
            1 / frame.height,
            self.amount,
        )
        return passes.add(PointShaderPass(values, shader, Path(self.file).name), "pointed", picture=picture)

    def shader(self) -> PointShader:
        """The checked shader, with whose parameters those of the look agree. Raises RequestError."""
        path = Path(self.file)
        shader = loaded_shader(path)
        if missing := [name for name in shader.parameters if name not in self.parameters]:
            raise RequestError(
                f"{path.name} needs the parameter {missing[0]}.", f"Set it: parameters = {{ {missing[0]} = 0.5 }}"
            )
        if unknown := sorted(set(self.parameters) - set(shader.parameters)):
            known = ", ".join(shader.parameters) or "none"
            raise RequestError(f"{path.name} has no parameter {unknown[0]}.", f"Its parameters: {known}.")
        return shader


def loaded_shader(path: Path) -> PointShader:
    """The shader of a file, checked once for each version of the file. Raises RequestError as `read_point_shader`."""
    stamp = None
    # `_read` names what is wrong.
    with suppress(OSError):
        stamp = read_stamp(path)
    return _read(path, stamp)


@lru_cache(maxsize=32)
def _read(path: Path, stamp: FileStamp | None) -> PointShader:
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise RequestError(
            f"The shader {path} cannot be read: {problem.strerror}.", "Correct the path, or copy the file there."
        ) from problem
    return read_point_shader(content, path.name)


@dataclass(frozen=True)
class PointUniforms(Uniforms):
    """See shaders/effects/point.wgsl."""

    first: Vec4
    second: Vec4
    middle: Vec2
    scale: F32
    amount: F32


class PointShaderPass(PointPass):
    """Calls the function of a shader for each pixel, and keeps alpha."""

    shader = "effects/point.wgsl"
    outputs = ("pointed",)
    uniforms = PointUniforms

    def __init__(self, values: PointUniforms, shader: PointShader, name: str) -> None:
        super().__init__(values)
        self._shader, self._name = shader, name

    def generated(self) -> GeneratedText:
        """The functions of the shader, and one that calls them with the numbers of the look."""
        numbers = [f"uniforms.{half}.{axis}" for half in ("first", "second") for axis in "xyzw"]
        given = ", ".join(("color", "place", *numbers[: len(self._shader.parameters)]))
        call = (
            f"fn looked(color: vec3<f32>, place: vec2<f32>) -> vec3<f32> {{ return {module_name(ENTRY)}({given}); }}\n"
        )
        return GeneratedText(self._name, self._shader.module + call, (*self._shader.origins, 0))
