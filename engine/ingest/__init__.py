"""A file becomes known: found, looked at, copied and proven, put in shooting order."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
