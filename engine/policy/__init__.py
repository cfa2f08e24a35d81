"""Policies: which deliverables a plan permits, and what may leave this machine. One gate decides, and keeps why."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
