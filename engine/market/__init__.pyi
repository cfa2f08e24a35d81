"""Packages of looks, tables, titles, sound chains and recipes: signed data without code."""

from .archive import MOST_BYTES, MOST_FILES, SUFFIX, archive_bytes, read_archive, write_archive
from .badges import LookBadges, LookMeasure, ProofCheck, forget_badges, read_badges, write_badges
from .catalogue import Catalogue, MarketOffer
from .cube import CubeTable, cube_bytes, read_cube
from .installed import (
    InstalledPackage,
    archive_path,
    check_files,
    find_installed,
    install,
    installed,
    preset_name,
    remove,
)
from .keys import keys_folder, load_key, new_key, read_public_key, write_public_key
from .licences import LICENCES, Obligations, check_licence, choices_of, obligations_of, union_of
from .manifest import KINDS, MANIFEST, PackageKind, PackageManifest, is_name, manifest_bytes, read_manifest, version_key
from .package import MarketPackage, open_package, pack
from .previews import preview_picture
from .project_lock import (
    LOCK_FILE,
    LockedPackage,
    ProjectLock,
    check_vendored,
    lock_package,
    locked_manifest,
    read_lock,
    unlock_package,
    vendored_path,
)
from .proof import PROVEN_KINDS
from .proof_check import check_proof, measure_look
from .repository import Repository
from .side_files import TITLES
from .trust import TrustAge, TrustedRepository, is_address
from .vouched import find_doubt

__all__ = [
    "KINDS",
    "LICENCES",
    "LOCK_FILE",
    "MANIFEST",
    "MOST_BYTES",
    "MOST_FILES",
    "PROVEN_KINDS",
    "SUFFIX",
    "TITLES",
    "Catalogue",
    "CubeTable",
    "InstalledPackage",
    "LockedPackage",
    "LookBadges",
    "LookMeasure",
    "MarketOffer",
    "MarketPackage",
    "Obligations",
    "PackageKind",
    "PackageManifest",
    "ProjectLock",
    "ProofCheck",
    "Repository",
    "TrustAge",
    "TrustedRepository",
    "archive_bytes",
    "archive_path",
    "check_files",
    "check_licence",
    "check_proof",
    "check_vendored",
    "choices_of",
    "cube_bytes",
    "find_doubt",
    "find_installed",
    "forget_badges",
    "install",
    "installed",
    "is_address",
    "is_name",
    "keys_folder",
    "load_key",
    "lock_package",
    "locked_manifest",
    "manifest_bytes",
    "measure_look",
    "new_key",
    "obligations_of",
    "open_package",
    "pack",
    "preset_name",
    "preview_picture",
    "read_archive",
    "read_badges",
    "read_cube",
    "read_lock",
    "read_manifest",
    "read_public_key",
    "remove",
    "union_of",
    "unlock_package",
    "vendored_path",
    "version_key",
    "write_archive",
    "write_badges",
    "write_public_key",
]
