"""Copies a whole card to one or more destinations, proves the copies, and says when the card may be erased."""

from .batch import BatchLimits
from .disk import ReadBlock, read_block
from .journal import OffloadRecord, find_offload, journals
from .revocation import restore_copies, revoke_proofs
from .run import OffloadResult, offload_card
from .status import OffloadedFile, OffloadStatus, offload_status

__all__ = [
    "BatchLimits",
    "OffloadRecord",
    "OffloadResult",
    "OffloadStatus",
    "OffloadedFile",
    "ReadBlock",
    "find_offload",
    "journals",
    "offload_card",
    "offload_status",
    "read_block",
    "restore_copies",
    "revoke_proofs",
]
