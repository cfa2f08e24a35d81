"""The models room: which are known, which are here; fetched, added, verified, removed. All else runs offline."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
