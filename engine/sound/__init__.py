"""Sound: track decoding on the picture's clock, loudness, gain to a target, masters, dialog cleanup."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
