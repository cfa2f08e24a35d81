"""GPU rendering: one device per process, a graph of passes, and a pool of reusable textures."""

from .adapter import adapter_description, driver_description, library_version, open_device
from .device import Buffer, Commands, Device, Pending
from .explanation import GroupExplanation, PlanExplanation, ResultExplanation
from .graph import Graph, GraphError
from .history import History
from .passes import (
    CODES,
    CODES_FORMAT,
    PICTURE,
    VERTICES,
    WORDS,
    ComputePass,
    Constant,
    DrawPass,
    GeneratedText,
    Pass,
    PixelPass,
    PointPass,
    TilePass,
)
from .plan import Plan
from .pool import Lease, Pool
from .profile import Clock, MeasuredPlan, RecordedRuns, record_runs
from .source_check import SourceError, check_source
from .spec import SCENE, Bytes, Image, Spec, Table
from .timer import GpuTimer
from .uniforms import F32, U32, IVec2, IVec4, Rows3, Uniforms, UVec2, Vec2, Vec4, rows3

__all__ = [
    "CODES",
    "CODES_FORMAT",
    "F32",
    "PICTURE",
    "SCENE",
    "U32",
    "VERTICES",
    "WORDS",
    "Buffer",
    "Bytes",
    "Clock",
    "Commands",
    "ComputePass",
    "Constant",
    "Device",
    "DrawPass",
    "GeneratedText",
    "GpuTimer",
    "Graph",
    "GraphError",
    "GroupExplanation",
    "History",
    "IVec2",
    "IVec4",
    "Image",
    "Lease",
    "MeasuredPlan",
    "Pass",
    "Pending",
    "PixelPass",
    "Plan",
    "PlanExplanation",
    "PointPass",
    "Pool",
    "RecordedRuns",
    "ResultExplanation",
    "Rows3",
    "SourceError",
    "Spec",
    "Table",
    "TilePass",
    "UVec2",
    "Uniforms",
    "Vec2",
    "Vec4",
    "adapter_description",
    "check_source",
    "driver_description",
    "library_version",
    "open_device",
    "record_runs",
    "rows3",
]
