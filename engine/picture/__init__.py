"""Picture processing: decodes to scene-linear ACEScg, applies a view and encodes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
