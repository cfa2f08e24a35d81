"""Footage in motion, in a window on the machine that has the screen; and its sound, where it can be heard."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
