"""A point shader: read strictly, with the parameters that a look sets and its text in one form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.point_shader.expressions import ExpressionReader
from engine.point_shader.reader import TakenToken, TokenReader
from engine.point_shader.refusal import refusal
from engine.point_shader.statements import MOST_STEPS, FunctionReader
from engine.point_shader.tokens import split_tokens
from engine.point_shader.writing import write_tokens

ENTRY = "point"
"""The function of a shader that is called for each pixel."""
MOST_PARAMETERS = 8
SUFFIX = ".wgsl"

__all__ = ["ENTRY", "MOST_PARAMETERS", "MOST_STEPS", "SUFFIX", "PointShader", "read_point_shader"]

_COLOUR, _PLACE = ("vec3<f32>", "vec3f"), ("vec2<f32>", "vec2f")
_SIGNATURE = f"fn {ENTRY}(color: vec3<f32>, place: vec2<f32>, strength: f32) -> vec3<f32>"


@dataclass(frozen=True, slots=True)
class PointShader:
    """A checked shader. `parameters` are the names of the numbers that a look sets; `steps` is its work a pixel.

    `text` is its canonical file. `module` is the same with other names: none is that of another pass, also if passes
    are compiled together. `origins` has the line of the author's file for each line of both.
    """

    parameters: tuple[str, ...]
    steps: int
    text: str
    module: str
    origins: tuple[int, ...]


def read_point_shader(content: bytes, name: str) -> PointShader:
    """The shader of a file. Raises RequestError, with its name and the line, for all that is not of the subset.

    Every text is refused or accepted in a time that its length bounds. What is accepted ends for every input, takes at
    most MOST_STEPS steps, and has no state.
    """
    tokens = TokenReader(split_tokens(content, name), name)
    functions = FunctionReader(ExpressionReader(tokens))
    functions.read()
    if ENTRY not in functions.signatures:
        raise refusal(name, 1, f"the function “{ENTRY}” is missing: {_SIGNATURE} {{ … }}")
    parameters = _parameters(functions, tokens.taken, name)
    written, module = write_tokens(tokens.taken), write_tokens(tokens.taken, module_name)
    steps = functions.functions[ENTRY].steps
    return PointShader(parameters, steps, written.text, module.text, tuple(written.origins))


def module_name(name: str) -> str:
    """The name of a function or a value in a module: it ends with no digit, so that a pass's number can follow."""
    return f"own_{name}_x"


def _parameters(functions: FunctionReader, taken: Sequence[TakenToken], name: str) -> tuple[str, ...]:
    line = next(one.token.line for one in taken if one.role == "declared" and one.token.text == ENTRY)
    kinds = [kind for _, kind in functions.signatures[ENTRY]]
    own = functions.signatures[ENTRY][2:]
    right = len(kinds) >= 2 and kinds[0] in _COLOUR and kinds[1] in _PLACE and functions.results[ENTRY] in _COLOUR
    if not right or any(kind != "f32" for kind in kinds[2:]):
        raise refusal(name, line, f"“{ENTRY}” needs this form: {_SIGNATURE}")
    if len(own) > MOST_PARAMETERS:
        raise refusal(name, line, f"“{ENTRY}” has more than {MOST_PARAMETERS} parameters of its own")
    return tuple(parameter for parameter, _ in own)
