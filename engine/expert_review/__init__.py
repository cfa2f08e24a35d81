"""Reviews of deliverables by other people: a bundle to look at, and a signed verdict on its exact bytes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
