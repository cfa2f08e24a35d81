"""Other machines as workers: they join with a code, fetch inputs by digest, and return the same bytes."""

from .cache_receipt import CacheReceipt, destroy_cache, verify_receipt
from .content_cache import ContentCache
from .content_client import ContentClient
from .content_connection import ContentRefused, HostAddress
from .content_credentials import ContentCredentials
from .content_messages import BeatReply, LeafRequest, MachineStatus, RenewedLeaves
from .content_server import ContentLimits, ContentServer, serve_content
from .incoming import discard_incoming, incoming_folder
from .machine_facts import MachineFacts
from .relative_path import path_below
from .software import Identity, software_identity
from .work_order import OrderedFile, WorkAnswer, WorkOrder

__all__ = [
    "BeatReply",
    "CacheReceipt",
    "ContentCache",
    "ContentClient",
    "ContentCredentials",
    "ContentLimits",
    "ContentRefused",
    "ContentServer",
    "HostAddress",
    "Identity",
    "LeafRequest",
    "MachineFacts",
    "MachineStatus",
    "OrderedFile",
    "RenewedLeaves",
    "WorkAnswer",
    "WorkOrder",
    "destroy_cache",
    "discard_incoming",
    "incoming_folder",
    "path_below",
    "serve_content",
    "software_identity",
    "verify_receipt",
]
