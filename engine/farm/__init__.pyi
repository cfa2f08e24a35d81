"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .authority import FARM_FOLDER, Authority, IssuedLeaf, renew_leaves
from .leaves import HOST, ROLES, CertificateRefusedError, Leaf, Role, leaf_files, make_request, peer_leaf, read_leaf
from .machine_facts import MachineFacts
from .membership import Membership, find_membership, list_memberships, memberships_folder
from .pairing_channel import PairingRefused
from .pairing_client import DEFAULT_PORT, join, leave, parse_address, refresh, unreachable
from .pairing_server import CODE_LIFETIME, HostPorts, PairingServer, new_code
from .software import Identity, software_identity
from .work_order import OrderedFile, WorkAnswer, WorkOrder

__all__ = [
    "CODE_LIFETIME",
    "DEFAULT_PORT",
    "FARM_FOLDER",
    "HOST",
    "ROLES",
    "Authority",
    "CertificateRefusedError",
    "HostPorts",
    "Identity",
    "IssuedLeaf",
    "Leaf",
    "MachineFacts",
    "Membership",
    "OrderedFile",
    "PairingRefused",
    "PairingServer",
    "Role",
    "WorkAnswer",
    "WorkOrder",
    "find_membership",
    "join",
    "leaf_files",
    "leave",
    "list_memberships",
    "make_request",
    "memberships_folder",
    "new_code",
    "parse_address",
    "peer_leaf",
    "read_leaf",
    "refresh",
    "renew_leaves",
    "software_identity",
    "unreachable",
]
