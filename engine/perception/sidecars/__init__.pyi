"""Stored products of a take: files of a number of frames, an index, and a reader."""

from .exr import write_frame_parts
from .index import INDEX, IdentityRecord, PerceptionIndex, ProductRecord, QualitySummary, read_index
from .passes import ProviderSet
from .reader import PerceptionReader, finished_perception, open_perception
from .runs import AnalysedTake, write_perception

__all__ = [
    "INDEX",
    "AnalysedTake",
    "IdentityRecord",
    "PerceptionIndex",
    "PerceptionReader",
    "ProductRecord",
    "ProviderSet",
    "QualitySummary",
    "finished_perception",
    "open_perception",
    "read_index",
    "write_frame_parts",
    "write_perception",
]
