"""Content Credentials (C2PA): the creator's key, and signed statements in finished files."""

from .certificates import ALGORITHMS, Algorithm
from .credential import Credential, credential_path, load_credential, new_credential
from .key_import import import_credential
from .signature import (
    SIGNABLE,
    Manifest,
    ManifestAction,
    ManifestReading,
    ManifestSource,
    ManifestState,
    read_manifest,
    sign_file,
)

__all__ = [
    "ALGORITHMS",
    "SIGNABLE",
    "Algorithm",
    "Credential",
    "Manifest",
    "ManifestAction",
    "ManifestReading",
    "ManifestSource",
    "ManifestState",
    "credential_path",
    "import_credential",
    "load_credential",
    "new_credential",
    "read_manifest",
    "sign_file",
]
