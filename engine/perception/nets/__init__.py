"""Providers that run nets in ONNX Runtime: masks, depth and faces."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
