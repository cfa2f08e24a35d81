"""A recipe and a take become finished files, checked after encoding, with a receipt."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
