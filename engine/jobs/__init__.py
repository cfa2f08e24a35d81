"""The job system: job kinds, queue client, studio process, worker pool and sandbox."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
