"""Packages of looks, tables, titles, sound chains and recipes: signed data without code."""

from .archive import MOST_BYTES, MOST_FILES, SUFFIX, archive_bytes, read_archive, write_archive
from .badges import LookBadges, LookMeasure, ProofCheck, forget_badges, read_badges, write_badges
from .catalogue import Catalogue, MarketOffer
from .cube import CubeTable, cube_bytes, read_cube
from .installed import InstalledPackage, archive_path, check_files, find_installed, install, installed, remove
from .keys import keys_folder, load_key, new_key, read_public_key, write_public_key
from .licences import LICENCES, Obligations, check_licence, choices_of, obligations_of, union_of
from .manifest import KINDS, MANIFEST, PackageKind, PackageManifest, is_name, manifest_bytes, read_manifest, version_key
from .package import MarketPackage, open_package, pack
from .proof import PROVEN_KINDS
from .proof_check import check_proof, measure_look
from .repository import Repository
from .trust import TrustAge, TrustedRepository, is_address

__all__ = [
    "KINDS",
    "LICENCES",
    "MANIFEST",
    "MOST_BYTES",
    "MOST_FILES",
    "PROVEN_KINDS",
    "SUFFIX",
    "Catalogue",
    "CubeTable",
    "InstalledPackage",
    "LookBadges",
    "LookMeasure",
    "MarketOffer",
    "MarketPackage",
    "Obligations",
    "PackageKind",
    "PackageManifest",
    "ProofCheck",
    "Repository",
    "TrustAge",
    "TrustedRepository",
    "archive_bytes",
    "archive_path",
    "check_files",
    "check_licence",
    "check_proof",
    "choices_of",
    "cube_bytes",
    "find_installed",
    "forget_badges",
    "install",
    "installed",
    "is_address",
    "is_name",
    "keys_folder",
    "load_key",
    "manifest_bytes",
    "measure_look",
    "new_key",
    "obligations_of",
    "open_package",
    "pack",
    "read_archive",
    "read_badges",
    "read_cube",
    "read_manifest",
    "read_public_key",
    "remove",
    "union_of",
    "version_key",
    "write_archive",
    "write_badges",
    "write_public_key",
]
