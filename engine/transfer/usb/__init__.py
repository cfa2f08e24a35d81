"""Phones and cameras on USB: lists and reads their files, and imports them as an offload does a card's."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
