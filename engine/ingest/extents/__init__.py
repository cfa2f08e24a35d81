"""Compares the media that a file's index declares with the file's actual bytes, without decoding.

There is one module per family of containers. Numbers in a file are not trusted: reads and loops are bounded, and
implausible values give no findings.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
