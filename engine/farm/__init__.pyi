"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .authority import FARM_FOLDER, Authority, IssuedLeaf, renew_leaves
from .leaves import HOST, ROLES, CertificateRefusedError, Leaf, Role, leaf_files, make_request, peer_leaf, read_leaf
from .machine_facts import MachineFacts
from .software import Identity, software_identity
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
    "MachineFacts",
    "OrderedFile",
    "Role",
    "WorkAnswer",
    "WorkOrder",
    "leaf_files",
    "make_request",
    "peer_leaf",
    "read_leaf",
    "renew_leaves",
    "software_identity",
]
