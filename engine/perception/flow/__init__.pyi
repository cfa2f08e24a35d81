"""Optical flow by dense inverse search on the GPU."""

from .provider import InverseSearchFlow, open_flow_provider
from .quality import FLOW_QUALITY, FlowQuality

__all__ = ["FLOW_QUALITY", "FlowQuality", "InverseSearchFlow", "open_flow_provider"]
