"""Framing: the part of a picture that a crop of another shape keeps, over time."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
