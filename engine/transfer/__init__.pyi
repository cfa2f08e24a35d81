"""Import of footage: verified copies, sealed with ASC MHL."""

from .drop_folder import SETTLE_S, DropFolder, DroppedFile, DropState
from .importer import ImportResult, import_footage
from .plan import ImportPlan, PlannedDuplicate, PlannedFailure, PlannedSkip, PlannedTake, plan_import
from .recording import take_digest
from .seal import FileVerification, SealStatus, seal, seal_digest, sealed_digests, verify_seal
from .subject import Subject

__all__ = [
    "SETTLE_S",
    "DropFolder",
    "DropState",
    "DroppedFile",
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
