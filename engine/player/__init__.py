"""Opens and controls an external player for footage, on a machine with a display and a sound device."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
