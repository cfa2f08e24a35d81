"""Footage from a phone over the local network: tus and the IETF's resumable uploads, pairing, the page."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
