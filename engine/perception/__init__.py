"""Masks, flow, depth and faces of a take, each with its confidence, for effects and for the choice of takes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
