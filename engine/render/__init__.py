"""The GPU: one device a process, a graph of passes, and a pool of textures that are used again."""

from __future__ import annotations

from engine.render.device import Buffer, Clock, Commands, Device, Pending, adapter_description, open_device
from engine.render.graph import Graph, GraphError
from engine.render.passes import PICTURE, WORDS, ComputePass, Constant, Pass, PixelPass, PointPass
from engine.render.plan import Plan
from engine.render.pool import Lease, Pool
from engine.render.spec import SCENE, Bytes, Image, Spec, Table
from engine.render.uniforms import F32, I32, U32, IVec2, Rows3, Uniforms, UVec2, Vec2, Vec4, rows3

__all__ = [
    "F32",
    "I32",
    "PICTURE",
    "SCENE",
    "U32",
    "WORDS",
    "Buffer",
    "Bytes",
    "Clock",
    "Commands",
    "ComputePass",
    "Constant",
    "Device",
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
    "open_device",
    "rows3",
]
