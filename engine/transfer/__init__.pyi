"""Import of footage: verified copies, sealed with ASC MHL."""

from .drop_folder import SETTLE_S, DropFolder, DroppedFile, DropState
from .importer import ImportResult, import_footage
from .offload import (
    JOURNALS,
    OffloadedFile,
    OffloadResult,
    OffloadStatus,
    find_offload,
    offload_card,
    offload_status,
    read_journal,
    restore_copies,
    revoke_proofs,
)
from .plan import ImportPlan, PlannedDuplicate, PlannedFailure, PlannedSkip, PlannedTake, plan_import
from .recording import recording_files, take_digest
from .reverification import reverify, reverify_takes
from .seal import SEAL_FOLDER, is_sealed, seal, seal_digest, seal_manifests, sealed_digests
from .subject import Subject
from .usb import DeviceDescription, DeviceFile, FileChoice, parse_day
from .verification import LOST, FileVerification, SealStatus, verify_seal

__all__ = [
    "JOURNALS",
    "LOST",
    "SEAL_FOLDER",
    "SETTLE_S",
    "DeviceDescription",
    "DeviceFile",
    "DropFolder",
    "DropState",
    "DroppedFile",
    "FileChoice",
    "FileVerification",
    "ImportPlan",
    "ImportResult",
    "OffloadResult",
    "OffloadStatus",
    "OffloadedFile",
    "PlannedDuplicate",
    "PlannedFailure",
    "PlannedSkip",
    "PlannedTake",
    "SealStatus",
    "Subject",
    "find_offload",
    "import_footage",
    "is_sealed",
    "offload_card",
    "offload_status",
    "parse_day",
    "plan_import",
    "read_journal",
    "recording_files",
    "restore_copies",
    "reverify",
    "reverify_takes",
    "revoke_proofs",
    "seal",
    "seal_digest",
    "seal_manifests",
    "sealed_digests",
    "take_digest",
    "verify_seal",
]
