"""GPU rendering: one device per process, a graph of passes, and a pool of reusable textures."""

from .device import (
    Buffer,
    Commands,
    Device,
    GpuTimer,
    Pending,
    adapter_description,
    driver_description,
    library_version,
    open_device,
)
from .graph import Graph, GraphError
from .passes import (
    CODES,
    CODES_FORMAT,
    PICTURE,
    STORED_PICTURE,
    WORDS,
    ComputePass,
    Constant,
    Pass,
    PixelPass,
    PointPass,
)
from .plan import Plan
from .pool import Lease, Pool
from .spec import SCENE, Bytes, Image, Spec, Table
from .uniforms import F32, U32, IVec2, Rows3, Uniforms, UVec2, Vec2, Vec4, rows3

__all__ = [
    "CODES",
    "CODES_FORMAT",
    "F32",
    "PICTURE",
    "SCENE",
    "STORED_PICTURE",
    "U32",
    "WORDS",
    "Buffer",
    "Bytes",
    "Commands",
    "ComputePass",
    "Constant",
    "Device",
    "GpuTimer",
    "Graph",
    "GraphError",
    "IVec2",
    "Image",
    "Lease",
    "Pass",
    "Pending",
    "PixelPass",
    "Plan",
    "PointPass",
    "Pool",
    "Rows3",
    "Spec",
    "Table",
    "UVec2",
    "Uniforms",
    "Vec2",
    "Vec4",
    "adapter_description",
    "driver_description",
    "library_version",
    "open_device",
    "rows3",
]
