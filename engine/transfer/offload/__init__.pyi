"""Copies a whole card to one or more destinations, proves the copies, and says when the card may be erased."""

from .batch import BatchLimits
from .disk import ReadBlock, read_block
from .journal import DEVICE_PREFIX, JOURNALS, OffloadRecord, find_offload, journals, read_journal
from .places import refuse_places
from .revocation import restore_copies, revoke_proofs
from .run import OffloadResult, offload_card, offload_source
from .status import OffloadedFile, OffloadStatus, offload_status

__all__ = [
    "DEVICE_PREFIX",
    "JOURNALS",
    "BatchLimits",
    "OffloadRecord",
    "OffloadResult",
    "OffloadStatus",
    "OffloadedFile",
    "ReadBlock",
    "find_offload",
    "journals",
    "offload_card",
    "offload_source",
    "offload_status",
    "read_block",
    "read_journal",
    "refuse_places",
    "restore_copies",
    "revoke_proofs",
]
