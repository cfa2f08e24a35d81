"""Masks, flow, depth and faces of a take, each with its confidence, for effects and for the choice of takes."""

from .analysis import SHORT_EDGE, analysis_frames
from .choice import PhoneTake, choose_depth_provider, choose_face_provider, choose_mask_provider
from .flow import FlowQuality, open_flow_provider
from .look_sources import PerceivedSources
from .nets.opening import open_depth_provider, open_face_provider, open_mask_provider
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
    FlowProvider,
    MaskProvider,
    Provider,
    ProviderIdentity,
)
from .sidecars import (
    INDEX,
    AnalysedTake,
    IdentityRecord,
    PerceptionIndex,
    PerceptionReader,
    ProductRecord,
    ProviderSet,
    QualitySummary,
    finished_perception,
    open_perception,
    write_perception,
)
from .track import FrameQuality

__all__ = [
    "BACKGROUND",
    "FOREGROUND",
    "INDEX",
    "SHORT_EDGE",
    "UNKNOWN",
    "AnalysedTake",
    "AnalysisFrame",
    "DepthMap",
    "DepthProvider",
    "DepthUnit",
    "FaceProvider",
    "FlowProvider",
    "FlowQuality",
    "FrameQuality",
    "IdentityRecord",
    "MaskProvider",
    "OpticalFlow",
    "PerceivedSources",
    "PerceptionIndex",
    "PerceptionReader",
    "PersonFace",
    "PersonMask",
    "PhoneTake",
    "Point",
    "ProductKind",
    "ProductRecord",
    "Provider",
    "ProviderIdentity",
    "ProviderSet",
    "QualitySummary",
    "analysis_frames",
    "choose_depth_provider",
    "choose_face_provider",
    "choose_mask_provider",
    "finished_perception",
    "open_depth_provider",
    "open_face_provider",
    "open_flow_provider",
    "open_mask_provider",
    "open_perception",
    "write_perception",
]
