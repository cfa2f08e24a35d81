"""Work that outlives whoever asked for it: kinds of job, the queue's two sides, the studio process, the walls."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
