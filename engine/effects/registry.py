"""All effects by the name of their table in a look file."""

from __future__ import annotations

from functools import cache

from engine.effects.background_blur import BackgroundBlurEffect
from engine.effects.bloom import BloomEffect
from engine.effects.cdl import CdlEffect
from engine.effects.chromatic_aberration import ChromaticAberrationEffect
from engine.effects.defocus import DefocusEffect
from engine.effects.diffusion import DiffusionEffect
from engine.effects.effect import Effect
from engine.effects.exposure import ExposureEffect
from engine.effects.fog import FogEffect
from engine.effects.grain import GrainEffect
from engine.effects.halation import HalationEffect
from engine.effects.lens_distortion import LensDistortionEffect
from engine.effects.light_leak import LightLeakEffect
from engine.effects.lut import LutEffect
from engine.effects.motion_blur import MotionBlurEffect
from engine.effects.point import PointEffect
from engine.effects.relight import RelightEffect
from engine.effects.sharpen import SharpenEffect
from engine.effects.streak import StreakEffect
from engine.effects.tone_curve import ToneCurveEffect
from engine.effects.transform import TransformEffect
from engine.effects.vignette import VignetteEffect
from engine.effects.white_balance import WhiteBalanceEffect
from engine.errors import RequestError


@cache
def effect_types() -> dict[str, type[Effect]]:
    """The effect classes by `kind`, in alphabetical order."""
    known: list[type[Effect]] = [
        BackgroundBlurEffect,
        BloomEffect,
        CdlEffect,
        ChromaticAberrationEffect,
        DefocusEffect,
        DiffusionEffect,
        ExposureEffect,
        FogEffect,
        GrainEffect,
        HalationEffect,
        LensDistortionEffect,
        LightLeakEffect,
        LutEffect,
        MotionBlurEffect,
        PointEffect,
        RelightEffect,
        SharpenEffect,
        StreakEffect,
        ToneCurveEffect,
        TransformEffect,
        VignetteEffect,
        WhiteBalanceEffect,
    ]
    return {effect.kind: effect for effect in sorted(known, key=lambda effect: effect.kind)}


def effect_type(kind: str) -> type[Effect]:
    """The class of an effect. Raises RequestError, with the known names, for an unknown one."""
    found = effect_types().get(kind)
    if found is None:
        raise RequestError(f"There is no effect “{kind}”.", f"Effects: {', '.join(effect_types())}.")
    return found
