"""Import of footage: verified copies, sealed with ASC MHL."""

from .importer import ImportResult, import_footage
from .plan import ImportPlan, PlannedDuplicate, PlannedFailure, PlannedSkip, PlannedTake, plan_import
from .recording import take_digest
from .seal import seal, seal_digest, sealed_digests
from .subject import Subject
from .verification import LOST, FileVerification, SealStatus, verify_seal

__all__ = [
    "LOST",
    "FileVerification",
    "ImportPlan",
    "ImportResult",
    "PlannedDuplicate",
    "PlannedFailure",
    "PlannedSkip",
    "PlannedTake",
    "SealStatus",
    "Subject",
    "import_footage",
    "plan_import",
    "seal",
    "seal_digest",
    "sealed_digests",
    "take_digest",
    "verify_seal",
]
