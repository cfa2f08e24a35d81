"""Leaf certificates of the farm: their files, the TLS settings that they give, and the name in them.

A member of the farm has two leaves, each with a key of its own and from an authority of its own: `content` for the
server of files and orders, `dask` for the messages of the scheduler. The key of one role is worth nothing in the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.certificate_files import subject_name, write_key
from engine.errors import EngineError
from engine.farm.content_credentials import ContentCredentials
from engine.farm.dask_credentials import DaskCredentials

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

Role = Literal["content", "dask"]
ROLES: tuple[Role, ...] = ("content", "dask")
HOST = "host"
"""The name of the studio's own machine in its leaves. No other member has it."""

CLOCK_ERROR = timedelta(hours=25)
"""How far the clocks of two machines may differ: a day, and the hour of a wrong summer time."""
LIFETIME = timedelta(hours=24)
RENEWED_AFTER = timedelta(hours=8)
_SET_BACK = timedelta(hours=1)


class CertificateRefusedError(EngineError):
    """A peer's certificate is not that of a member of this farm."""


LeafFiles = ContentCredentials | DaskCredentials


def leaf_files(folder: Path, role: Role) -> LeafFiles:
    """Return the files of a machine's leaf, its key and the authority of its peers, in a folder of their own."""
    kind = ContentCredentials if role == "content" else DaskCredentials
    own = folder / role
    return kind(own / "leaf.pem", own / "key.pem", own / "authority.pem")


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf says: the member and its role, and from when to when it counts by the clock of the host."""

    name: str
    role: Role
    issued_at: datetime
    expires_at: datetime
    fingerprint: str

    @property
    def needs_renewal(self) -> bool:
        """Whether a third of its life is over by this machine's clock, or the clock was set back."""
        return not -_SET_BACK < datetime.now(UTC) - self.issued_at < RENEWED_AFTER


def read_leaf(certificate: bytes) -> Leaf:
    """Return what a leaf, in PEM or DER, says. Its signature is not checked: TLS has done that.

    Raises CertificateRefusedError if it is no leaf of a farm.
    """
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    try:
        is_pem = certificate.startswith(b"-----")
        found = x509.load_pem_x509_certificate(certificate) if is_pem else x509.load_der_x509_certificate(certificate)
        (name,) = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        (unit,) = found.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
    except ValueError as error:
        raise CertificateRefusedError("This is no certificate of a farm.") from error
    role = next((one for one in ROLES if one == unit.value), None)
    if role is None:
        raise CertificateRefusedError("This is no certificate of a farm.")
    return Leaf(
        str(name.value),
        role,
        found.not_valid_before_utc + CLOCK_ERROR,
        found.not_valid_after_utc - CLOCK_ERROR,
        key_fingerprint(found),
    )


def peer_leaf(certificate: bytes | None, role: Role) -> Leaf:
    """Return the leaf of a peer that TLS has verified, in DER, for the host. Raises CertificateRefusedError.

    The certificate itself is valid for longer, because the clocks of two machines differ; the host counts the 24 hours
    by its own clock, which issued it.
    """
    if certificate is None:
        raise CertificateRefusedError("The peer has no certificate.")
    leaf = read_leaf(certificate)
    if leaf.role != role:
        raise CertificateRefusedError(f"This is a certificate for {leaf.role}.", f"Use the one for {role}.")
    if datetime.now(UTC) >= leaf.expires_at:
        raise CertificateRefusedError("This certificate has expired.", "The machine renews it: cwtui farm join.")
    return leaf


def key_fingerprint(certified: x509.Certificate | x509.CertificateSigningRequest) -> str:
    """Return the SHA-256 of a public key (SubjectPublicKeyInfo), in hex."""
    import hashlib

    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = certified.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(key).hexdigest()


def make_request(key_path: Path) -> bytes:
    """Return a signing request (PEM) for the key in a file, which is created if it is missing."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509 import CertificateSigningRequestBuilder

    # The host decides on the subject.
    request = CertificateSigningRequestBuilder().subject_name(subject_name("cleanwater"))
    return request.sign(private_key(key_path), hashes.SHA256()).public_bytes(Encoding.PEM)


def private_key(path: Path) -> EllipticCurvePrivateKey:
    """Return the private key in a file, which is created if it is missing or unreadable."""
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        found = None
    if isinstance(found, ec.EllipticCurvePrivateKey):
        return found
    key = ec.generate_private_key(ec.SECP256R1())
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_key(path, key)
    return key
