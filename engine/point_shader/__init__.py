"""Point shaders: WGSL functions of one pixel in a checked subset, whose work is known before they are compiled."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
