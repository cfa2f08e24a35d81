"""Dialog cleanup: a chain of stages that analyse the recording first and are skipped if nothing needs repair."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
