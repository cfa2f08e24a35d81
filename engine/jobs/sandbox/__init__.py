"""Walls around a job's process: where it may write, whether it may speak to the network, how much it may use."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
