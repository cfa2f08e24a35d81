"""Import of footage: verified copies, sealed with ASC MHL."""

from .importer import ImportResult, import_footage, take_digest
from .seal import FileVerification, SealStatus, seal, sealed_digests, verify_seal
from .subject import Subject

__all__ = [
    "FileVerification",
    "ImportResult",
    "SealStatus",
    "Subject",
    "import_footage",
    "seal",
    "sealed_digests",
    "take_digest",
    "verify_seal",
]
