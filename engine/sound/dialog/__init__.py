"""Dialog cleanup: a chain of stages that listen first, and mend only what is there to mend."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
