"""Import of footage: verified copies, sealed with ASC MHL."""

from .drop_folder import SETTLE_S, DropFolder, DroppedFile, DropState
from .importer import ImportResult, import_footage
from .plan import ImportPlan, PlannedDuplicate, PlannedFailure, PlannedSkip, PlannedTake, plan_import
from .recording import recording_files, take_digest
from .seal import SEAL_FOLDER, FileVerification, SealStatus, seal, seal_digest, sealed_digests, verify_seal
from .subject import Subject

__all__ = [
    "SEAL_FOLDER",
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
    "recording_files",
    "seal",
    "seal_digest",
    "sealed_digests",
    "take_digest",
    "verify_seal",
]
