"""Providers of macOS: people, faces and motion by Vision, depth by Core ML, and the depth that an iPhone recorded."""

from .vision_providers import VisionFaceProvider, VisionFlowProvider, VisionMaskProvider

__all__ = ["VisionFaceProvider", "VisionFlowProvider", "VisionMaskProvider"]
