"""Models: lists, downloads, adds, verifies and removes them. All other packages work offline."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
