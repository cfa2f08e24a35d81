"""Optical flow by dense inverse search on the GPU."""

from .provider import InverseSearchFlow, open_flow_provider
from .quality import FlowQuality

__all__ = ["FlowQuality", "InverseSearchFlow", "open_flow_provider"]
