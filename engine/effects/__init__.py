"""Effects on scene-linear pictures: each describes the passes of one frame, and a chain runs them in order."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
