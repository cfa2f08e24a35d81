"""Pictures: decoded to scene-linear ACEScg at the door, seen through a view, encoded at the far door."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
