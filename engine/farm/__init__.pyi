"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .authority import FARM_FOLDER, Authority, IssuedLeaf, renew_leaves
from .cache_receipt import CacheReceipt, destroy_cache, verify_receipt
from .caps import Caps, load_caps, pause_machine, resume_machine, save_caps
from .content_cache import ContentCache
from .content_client import ContentClient
from .content_connection import ContentRefused, HostAddress
from .content_credentials import ContentCredentials
from .content_messages import BeatReply, LeafRequest, MachineStatus, RenewedLeaves
from .content_server import ContentLimits, ContentServer, serve_content
from .cost_model import ChunkLoad, CostEstimate, FarmOverheads, FarmTooLargeError, Fleet, estimate_cost
from .departure import EndedMembership, end_membership
from .discovery import FoundHost, announced_host, find_hosts, host_name
from .farm_policy import FarmPolicy
from .host_task import FARM_HOST, farm_host_request
from .incoming import discard_incoming, incoming_folder
from .leaves import HOST, ROLES, CertificateRefusedError, Leaf, Role, leaf_files, make_request, peer_leaf, read_leaf
from .machine_facts import MachineFacts
from .membership import Membership, find_membership, list_memberships, memberships_folder
from .pairing_channel import PairingRefused
from .pairing_client import DEFAULT_PORT, join, leave, parse_address, refresh, unreachable
from .pairing_server import CODE_LIFETIME, HostPorts, PairingServer, new_code
from .relative_path import path_below
from .software import Identity, software_identity
from .work_order import OrderedFile, WorkAnswer, WorkOrder
from .worker import work
from .worker_process import WorkingProcess, detach_worker, find_worker, killed_worker, stop_worker

__all__ = [
    "CODE_LIFETIME",
    "DEFAULT_PORT",
    "FARM_FOLDER",
    "FARM_HOST",
    "HOST",
    "ROLES",
    "Authority",
    "BeatReply",
    "CacheReceipt",
    "Caps",
    "CertificateRefusedError",
    "ChunkLoad",
    "ContentCache",
    "ContentClient",
    "ContentCredentials",
    "ContentLimits",
    "ContentRefused",
    "ContentServer",
    "CostEstimate",
    "EndedMembership",
    "FarmOverheads",
    "FarmPolicy",
    "FarmTooLargeError",
    "Fleet",
    "FoundHost",
    "HostAddress",
    "HostPorts",
    "Identity",
    "IssuedLeaf",
    "Leaf",
    "LeafRequest",
    "MachineFacts",
    "MachineStatus",
    "Membership",
    "OrderedFile",
    "PairingRefused",
    "PairingServer",
    "RenewedLeaves",
    "Role",
    "WorkAnswer",
    "WorkOrder",
    "WorkingProcess",
    "announced_host",
    "destroy_cache",
    "detach_worker",
    "discard_incoming",
    "end_membership",
    "estimate_cost",
    "farm_host_request",
    "find_hosts",
    "find_membership",
    "find_worker",
    "host_name",
    "incoming_folder",
    "join",
    "killed_worker",
    "leaf_files",
    "leave",
    "list_memberships",
    "load_caps",
    "make_request",
    "memberships_folder",
    "new_code",
    "parse_address",
    "path_below",
    "pause_machine",
    "peer_leaf",
    "read_leaf",
    "refresh",
    "renew_leaves",
    "resume_machine",
    "save_caps",
    "serve_content",
    "software_identity",
    "stop_worker",
    "unreachable",
    "verify_receipt",
    "work",
]
