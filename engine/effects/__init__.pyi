from .array_render import render_array
from .chain import DescribedChain, describe_chain
from .effect import Effect
from .frame import FrameContext
from .pass_builder import PassBuilder
from .registry import effect_type, effect_types

__all__ = [
    "DescribedChain",
    "Effect",
    "FrameContext",
    "PassBuilder",
    "describe_chain",
    "effect_type",
    "effect_types",
    "render_array",
]
