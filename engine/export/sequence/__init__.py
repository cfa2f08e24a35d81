"""A stretch of footage as numbered frames: for a compositor as EXR, to look at as PNG."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
