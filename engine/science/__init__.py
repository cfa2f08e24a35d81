"""Science data: bands of FITS, ASDF, TIFF and OpenEXR files on a common sky grid, as scene-linear colour."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
