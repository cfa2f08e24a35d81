"""A studio folder with its catalog and its jobs: the one place where the packages are put together."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
