"""The kinds of work a studio does, each addressed by everything its outcome depends on."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
