"""Content Credentials (C2PA): the creator's key, and signed statements in finished files."""

from .certificates import ALGORITHMS, Algorithm
from .credential import Credential, credential_path, load_credential, new_credential
from .key_import import import_credential
from .signature import (
    SIGNABLE,
    ManifestAction,
    ManifestReading,
    ManifestSource,
    ManifestState,
    SignedManifest,
    read_manifest,
    sign_file,
)

__all__ = [
    "ALGORITHMS",
    "SIGNABLE",
    "Algorithm",
    "Credential",
    "ManifestAction",
    "ManifestReading",
    "ManifestSource",
    "ManifestState",
    "SignedManifest",
    "credential_path",
    "import_credential",
    "load_credential",
    "new_credential",
    "read_manifest",
    "sign_file",
]
