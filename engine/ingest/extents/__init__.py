"""What a file's own index promises against the bytes that are there, without decoding: one file a family of containers.

Nothing here trusts a number in a file: reads and loops are bounded, and what makes no sense says nothing.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
