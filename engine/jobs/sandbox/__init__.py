"""The sandbox of job processes: limits on writing, network access, memory and processor time."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
