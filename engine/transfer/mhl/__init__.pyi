"""Reads and writes ASC MHL 2.0 histories: manifests, chain files, directory hashes."""

from .formats import FORMATS, WRITTEN_FORMAT, FileHasher, hash_file
from .generation import SealedFile, write_generation
from .history import MHL_FOLDER, UNFINISHED_FOLDER, ExpectedFile, MhlHistory, load_history, load_own_history
from .manifest import read_manifest

__all__ = [
    "FORMATS",
    "MHL_FOLDER",
    "UNFINISHED_FOLDER",
    "WRITTEN_FORMAT",
    "ExpectedFile",
    "FileHasher",
    "MhlHistory",
    "SealedFile",
    "hash_file",
    "load_history",
    "load_own_history",
    "read_manifest",
    "write_generation",
]
