"""Captions: a transcript as text that can be read in time, in the formats that players and editors read."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
