"""Which software makes a result: that of chunks is compared where they are joined, below this package."""

from engine.deliver import Identity, software_identity

__all__ = ["Identity", "software_identity"]
