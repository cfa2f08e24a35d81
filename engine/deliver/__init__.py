"""Renders a take by a recipe, checks the finished files and writes a receipt."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
