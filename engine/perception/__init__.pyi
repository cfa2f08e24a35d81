"""Masks, flow, depth and faces of a take, each with its confidence, for effects and for the choice of takes."""

from .products import (
    BACKGROUND,
    FOREGROUND,
    UNKNOWN,
    DepthMap,
    DepthUnit,
    OpticalFlow,
    PersonFace,
    PersonMask,
    Point,
    ProductKind,
)
from .provider import (
    AnalysisFrame,
    DepthProvider,
    FaceProvider,
    Float32Fallback,
    FlowProvider,
    MaskProvider,
    Provider,
    ProviderIdentity,
)
from .track import FrameQuality
from .tracks import TrackOptions, estimate_foreground, is_cut, track_depth, track_masks, trimap_of

__all__ = [
    "BACKGROUND",
    "FOREGROUND",
    "UNKNOWN",
    "AnalysisFrame",
    "DepthMap",
    "DepthProvider",
    "DepthUnit",
    "FaceProvider",
    "Float32Fallback",
    "FlowProvider",
    "FrameQuality",
    "MaskProvider",
    "OpticalFlow",
    "PersonFace",
    "PersonMask",
    "Point",
    "ProductKind",
    "Provider",
    "ProviderIdentity",
    "TrackOptions",
    "estimate_foreground",
    "is_cut",
    "track_depth",
    "track_masks",
    "trimap_of",
]
