"""The job kinds of a studio. Each has a file with its parameters, its work and its requests."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
