"""Content Credentials (C2PA): the creator's key, and signed statements in finished files."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
