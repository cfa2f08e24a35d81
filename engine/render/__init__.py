"""GPU rendering: one device per process, a graph of passes, and a pool of reusable textures."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
