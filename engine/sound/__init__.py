"""The sound room: any track as samples on the picture's clock, its loudness, one gain to target, masters."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
