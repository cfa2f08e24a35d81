"""The lettering room: text of any script as a picture, shaped as its readers expect, inside the safe area."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
