from .accumulation import Accumulator
from .array_render import render_array
from .chain import DescribedChain, EffectResult, describe_chain
from .effect import Effect
from .energy import Energy, add_energy, read_energy
from .frame import FrameContext
from .guided_upsample import add_guided, guided_upsample
from .pass_builder import PassBuilder
from .registry import effect_type, effect_types
from .shutter import Quality, Shutter, ShutterWeights, Subframe
from .source_upsample import GivenSource
from .sources import DEPTH, FLOW, FLOW_VALIDITY, MASKS, PERSON, meaning_of, option_of
from .subframes import SubframeRenderer

__all__ = [
    "DEPTH",
    "FLOW",
    "FLOW_VALIDITY",
    "MASKS",
    "PERSON",
    "Accumulator",
    "DescribedChain",
    "Effect",
    "EffectResult",
    "Energy",
    "FrameContext",
    "GivenSource",
    "PassBuilder",
    "Quality",
    "Shutter",
    "ShutterWeights",
    "Subframe",
    "SubframeRenderer",
    "add_energy",
    "add_guided",
    "describe_chain",
    "effect_type",
    "effect_types",
    "guided_upsample",
    "meaning_of",
    "option_of",
    "read_energy",
    "render_array",
]
