"""What a file's own index promises against the bytes that are there, without decoding: one file a family of containers.

Nothing here trusts a number in a file: reads and loops are bounded, and what makes no sense says nothing.
"""

from .check import check_extents
from .report import Extents

__all__ = ["Extents", "check_extents"]
