"""Motion graphics: templates of titles as data, laid out in every script and animated by exact times."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
