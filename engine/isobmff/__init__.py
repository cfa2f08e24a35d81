"""QuickTime and MP4 files: boxes read, track descriptions kept, damaged indexes repaired."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
