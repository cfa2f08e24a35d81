"""Calls of providers: a result that is not finite is requested again, in float32 where the provider can."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from engine.perception.products import DepthMap, DepthUnit, PersonMask
from engine.perception.provider import AnalysisFrame, DepthProvider, Float32Fallback, MaskProvider
from engine.perception.tracks.sampling import Floats


@dataclass(frozen=True, slots=True, eq=False)
class CheckedResult:
    """A provider's result for a frame; no values if it is not finite. `retried`: it was requested a second time."""

    values: Floats | None
    retried: bool = False
    unit: DepthUnit = "relative"


def checked_mask(provider: MaskProvider, frame: AnalysisFrame) -> CheckedResult:
    """The alpha of a provider's mask, limited to 0 to 1."""
    alpha = _finite_alpha(provider.mask(frame))
    if alpha is not None:
        return CheckedResult(alpha)
    _use_float32(provider)
    return CheckedResult(_finite_alpha(provider.mask(frame)), True)


def checked_depth(provider: DepthProvider, frame: AnalysisFrame) -> CheckedResult:
    """The values of a provider's depth. NaN means unknown, so a result of which most is unknown is not finite."""
    depth, retried = provider.depth(frame), False
    if (values := _finite_depth(depth)) is None:
        _use_float32(provider)
        depth, retried = provider.depth(frame), True
        values = _finite_depth(depth)
    return CheckedResult(values, retried, depth.unit)


def _use_float32(provider: object) -> None:
    if isinstance(provider, Float32Fallback):
        provider.use_float32()


def _finite_alpha(mask: PersonMask) -> Floats | None:
    if not np.isfinite(mask.alpha).all():
        return None
    return np.clip(mask.alpha, 0, 1).astype(np.float32, copy=False)


def _finite_depth(depth: DepthMap) -> Floats | None:
    if np.isinf(depth.values).any() or np.isnan(depth.values).mean() > 0.5:
        return None
    return depth.values.astype(np.float32, copy=False)
