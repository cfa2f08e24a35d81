"""Providers of macOS: people, faces and motion by Vision, depth by Core ML, and the depth that an iPhone recorded.

The calls of the frameworks are in `vision.py`, `core_ml.py` and `cinematic.py`; all other modules know no framework.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
