"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .authority import FARM_FOLDER, Authority, IssuedLeaf, renew_leaves
from .leaves import (
    HOST,
    ROLES,
    CertificateRefusedError,
    Leaf,
    LeafFiles,
    Role,
    make_request,
    peer_leaf,
    read_leaf,
    server_name,
)
from .machine_facts import Identity, MachineFacts
from .work_order import OrderedFile, WorkAnswer, WorkOrder

__all__ = [
    "FARM_FOLDER",
    "HOST",
    "ROLES",
    "Authority",
    "CertificateRefusedError",
    "Identity",
    "IssuedLeaf",
    "Leaf",
    "LeafFiles",
    "MachineFacts",
    "OrderedFile",
    "Role",
    "WorkAnswer",
    "WorkOrder",
    "make_request",
    "peer_leaf",
    "read_leaf",
    "renew_leaves",
    "server_name",
]
