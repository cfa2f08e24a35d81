"""Products over time: keyframes from a provider, warped by flow between them, with a confidence for each frame."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
