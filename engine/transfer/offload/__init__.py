"""Copies a whole card to one or more destinations, proves the copies, and says when the card may be erased."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
