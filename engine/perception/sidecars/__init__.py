"""Stored products of a take: files of a number of frames, an index, and a reader."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
