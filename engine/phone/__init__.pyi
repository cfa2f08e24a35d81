"""Footage from a phone over the local network: tus and the IETF's resumable uploads, pairing, the page."""

from .access import KEY_LIFETIME, Access
from .application import Activity, PhoneApplication, StudioIdentity, describe
from .arrival import path_of, place_arrivals, read_back
from .bonjour import bonjour_name
from .certificates import ServerCertificate, server_certificate
from .credentials import fingerprint_text, new_code, new_key
from .exchange import Uploads
from .interfaces import Interface, choose_interface, list_interfaces
from .limits import ConnectionLimits, UploadLimits
from .listener import ListenerPlan, listen, open_socket
from .rate_limit import RateLimit
from .record import SentDigest, Upload, UploadRecord, UploadState
from .sender_record import SenderRecord, keep_sender_record, read_sender_record
from .store import UploadStore

__all__ = [
    "KEY_LIFETIME",
    "Access",
    "Activity",
    "ConnectionLimits",
    "Interface",
    "ListenerPlan",
    "PhoneApplication",
    "RateLimit",
    "SenderRecord",
    "SentDigest",
    "ServerCertificate",
    "StudioIdentity",
    "Upload",
    "UploadLimits",
    "UploadRecord",
    "UploadState",
    "UploadStore",
    "Uploads",
    "bonjour_name",
    "choose_interface",
    "describe",
    "fingerprint_text",
    "keep_sender_record",
    "list_interfaces",
    "listen",
    "new_code",
    "new_key",
    "open_socket",
    "path_of",
    "place_arrivals",
    "read_back",
    "read_sender_record",
    "server_certificate",
]
