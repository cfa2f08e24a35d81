"""The studio's catalog in one SQLite file: projects, ingest batches, takes, reviews, conditions and jobs."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
