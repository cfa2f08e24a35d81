"""The words of the subset: types, functions with their costs, and names that a point shader may not declare.

Source: WebGPU Shading Language, sections 6 (Types), 15.1 (Keyword summary) and 17 (Built-in
functions). The cost of a function is about the number of its instructions a component on common GPUs.
"""

from __future__ import annotations

from collections.abc import Mapping

SCALARS: Mapping[str, int] = {"bool": 4, "i32": 4, "u32": 4, "f32": 4}
"""The scalar types with their bytes."""

SHORT_TYPES: Mapping[str, int] = {
    **{f"vec{n}{t}": 16 if n > 2 else 8 for n in (2, 3, 4) for t in "iuf"},
    **{f"mat{c}x{r}f": c * (16 if r > 2 else 8) for c in (2, 3, 4) for r in (2, 3, 4)},
}
"""The types of vectors and matrices with short names, and their bytes."""

VECTORS: Mapping[str, int] = {"vec2": 2, "vec3": 4, "vec4": 4}
"""The vectors with the number of scalars that they take."""

MATRICES: Mapping[str, int] = {f"mat{c}x{r}": c * (4 if r > 2 else 2) for c in (2, 3, 4) for r in (2, 3, 4)}
"""The matrices with the number of scalars that they take."""

TYPES = frozenset({*SCALARS, *SHORT_TYPES, *VECTORS, *MATRICES, "array"})

FUNCTIONS: Mapping[str, int] = {
    **dict.fromkeys(("abs", "ceil", "floor", "round", "trunc", "sign", "min", "max", "saturate"), 1),
    **dict.fromkeys(("fract", "clamp", "mix", "step", "select", "fma", "all", "any", "degrees", "radians"), 2),
    **dict.fromkeys(("dot", "cross", "transpose", "sqrt", "inverseSqrt", "exp2", "log2"), 4),
    **dict.fromkeys(("smoothstep", "length", "distance", "normalize", "reflect", "exp", "log"), 6),
    **dict.fromkeys(("pow", "sin", "cos"), 8),
    **dict.fromkeys(("tan", "asin", "acos", "atan", "atan2", "sinh", "cosh", "tanh", "determinant"), 16),
}
"""The built-in functions with their costs."""

KEYWORDS = frozenset(("break", "const", "continue", "else", "false", "fn", "for", "if", "let", "return", "true", "var"))

REFUSED: Mapping[str, str] = {
    **dict.fromkeys(("loop", "while", "continuing"), "only “for” loops with constant bounds are allowed"),
    **dict.fromkeys(
        ("ptr", "private", "workgroup", "storage", "uniform"), "there are no pointers and no shared memory"
    ),
    **dict.fromkeys(("enable", "requires", "diagnostic", "override", "alias", "struct"), "it is no part of the subset"),
    **dict.fromkeys(("discard", "switch", "case", "default", "const_assert"), "it is no part of the subset"),
    "atomic": "there are no atomics",
    "sampler": "there are no textures",
}
"""Words that have a reason of their own."""

OURS = frozenset({"main", "pixel", "uniforms", "group_uniforms", "at", "draw", "tile", "triangle", "to_half"})
"""Names that the passes around a point shader have."""

_PREFIXES = ("texture", "atomic", "workgroup", "subgroup")


def why_not_declared(name: str) -> str:
    """The reason why a shader may not declare a name; empty if it may."""
    if name in KEYWORDS:
        return "it is a word of WGSL"
    if name in TYPES or name in FUNCTIONS or name in REFUSED or name.startswith(_PREFIXES):
        return "WGSL has something of this name"
    if name in OURS or name.startswith(("read_", "made_", "store_", "values_", "own_")):
        return "the passes around it have something of this name"
    return "names begin with a letter" if name.startswith("_") else ""
