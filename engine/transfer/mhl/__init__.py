"""Reads and writes ASC MHL 2.0 histories: manifests, chain files, directory hashes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
