from .accumulation import Accumulator
from .array_render import render_array
from .chain import DescribedChain, EffectResult, describe_chain
from .effect import Effect
from .energy import Energy, add_energy, read_energy
from .frame import FrameContext
from .pass_builder import PassBuilder
from .registry import effect_type, effect_types
from .shutter import Quality, Shutter, ShutterWeights, Subframe
from .subframes import SubframeRenderer

__all__ = [
    "Accumulator",
    "DescribedChain",
    "Effect",
    "EffectResult",
    "Energy",
    "FrameContext",
    "PassBuilder",
    "Quality",
    "Shutter",
    "ShutterWeights",
    "Subframe",
    "SubframeRenderer",
    "add_energy",
    "describe_chain",
    "effect_type",
    "effect_types",
    "read_energy",
    "render_array",
]
