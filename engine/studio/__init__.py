"""A studio folder with its catalog and jobs: the façade that combines the engine's packages."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
