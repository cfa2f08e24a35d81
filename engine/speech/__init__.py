"""The speech room: sound becomes words with times, words become captions. Nothing leaves the machine."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
