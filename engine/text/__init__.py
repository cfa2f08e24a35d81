"""Renders captions of any script to RGBA layers, with complex text shaping, inside the safe area."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
