"""The GPU: one device a process, a graph of passes, and a pool of textures that are used again."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
