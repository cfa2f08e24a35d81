"""Copies a whole card to one or more destinations, proves the copies, and says when the card may be erased."""

from .disk import ReadBlock, read_block
from .journal import OffloadRecord, journals
from .revocation import revoke_proofs
from .run import BatchLimits, OffloadResult, offload
from .status import OffloadedFile, OffloadStatus, offload_status

__all__ = [
    "BatchLimits",
    "OffloadRecord",
    "OffloadResult",
    "OffloadStatus",
    "OffloadedFile",
    "ReadBlock",
    "journals",
    "offload",
    "offload_status",
    "read_block",
    "revoke_proofs",
]
