"""The authorities of a studio's farm. They issue leaves of 24 hours to the host and to machines that have joined."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import Farm
from engine.certificate_files import (
    certificate_builder,
    key_usage,
    read_pair,
    subject_name,
    write_pair,
)
from engine.errors import EngineError
from engine.farm.dask_credentials import scheduler_credentials
from engine.farm.leaves import (
    CLOCK_ERROR,
    HOST,
    LIFETIME,
    ROLES,
    LeafFiles,
    Role,
    key_fingerprint,
    leaf_files,
    make_request,
    read_leaf,
)

if TYPE_CHECKING:
    from cryptography import x509

    from engine.certificate_files import CertificatePair

FARM_FOLDER = "farm"
"""The folder of a studio with the keys of its farm."""
_AUTHORITY_LIFETIME = timedelta(days=3650)
_LEAST_LEFT = timedelta(days=30)
_LONGEST_REQUEST = 4096


@dataclass(frozen=True, slots=True)
class IssuedLeaf:
    """A leaf, and the authority of its peers, both in PEM."""

    certificate: str
    authority: str

    def write(self, files: LeafFiles) -> None:
        """Write both beside the key."""
        make_folder(files.certificate.parent)
        os.chmod(files.certificate.parent, 0o700)
        write_atomic(files.authority, self.authority.encode())
        write_atomic(files.certificate, self.certificate.encode())


class Authority:
    """The two authorities of a studio, one for each role. They are created if there are none."""

    def __init__(self, studio: Path) -> None:
        self.folder = studio / FARM_FOLDER
        make_folder(self.folder)
        os.chmod(self.folder, 0o700)
        self._pairs: dict[Role, CertificatePair] = {role: self._open(role) for role in ROLES}

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of the authority of content, in hex."""
        from cryptography.hazmat.primitives import hashes

        return self._pairs["content"][0].fingerprint(hashes.SHA256()).hex()

    def issue(self, role: Role, name: str, request: str, now: datetime | None = None) -> IssuedLeaf:
        """Return a leaf for the key of a signing request (PEM), in which nothing but the key counts.

        Raises EngineError if the request is malformed, or not signed with its own key.
        """
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.serialization import Encoding
        from cryptography.x509.oid import ExtendedKeyUsageOID

        authority, authority_key = self._pairs[role]
        moment = now or datetime.now(UTC)
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key())
        certificate = (
            certificate_builder(
                subject_name(name, role),
                authority.subject,
                read_request(request).public_key(),  # type: ignore[arg-type]
                moment - CLOCK_ERROR,
                moment + LIFETIME + CLOCK_ERROR,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(key_usage(signs=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(issuer_key, critical=False)
            .sign(authority_key, hashes.SHA256())
        )
        pem = Encoding.PEM
        return IssuedLeaf(certificate.public_bytes(pem).decode(), authority.public_bytes(pem).decode())

    def host_leaves(self) -> dict[Role, LeafFiles]:
        """Return the files of the host's own leaves, which are issued again once a third of their life is over."""
        found: dict[Role, LeafFiles] = {
            "content": leaf_files(self.folder, "content"),
            "dask": scheduler_credentials(self.folder.parent),
        }
        for role, files in found.items():
            if self._needs_renewal(role, files):
                self.issue(role, HOST, make_request(files.key).decode()).write(files)
        return found

    def _needs_renewal(self, role: Role, files: LeafFiles) -> bool:
        """Whether there is no leaf of this authority, or only one of which a third is over."""
        from cryptography.exceptions import InvalidSignature

        pair = read_pair(files.certificate, files.key)
        if pair is None:
            return True
        try:
            pair[0].verify_directly_issued_by(self._pairs[role][0])
        except (ValueError, TypeError, InvalidSignature):
            return True
        return read_leaf(files.certificate.read_bytes()).needs_renewal

    def _open(self, role: Role) -> CertificatePair:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import ec

        # Not in the folders of the leaves: the scheduler may read that of its role.
        paths = self.folder / "authority" / f"{role}.pem", self.folder / "authority" / f"{role}.key"
        found = read_pair(*paths)
        now = datetime.now(UTC)
        if found and found[0].not_valid_after_utc - now > _LEAST_LEFT:
            return found
        key = ec.generate_private_key(ec.SECP256R1())
        # Not the studio's name or the machine's: everybody on the network can see it.
        subject = subject_name("Cleanwater farm authority", role)
        certificate = (
            certificate_builder(subject, subject, key.public_key(), now - CLOCK_ERROR, now + _AUTHORITY_LIFETIME)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(key_usage(signs=True), critical=True)
            .sign(key, hashes.SHA256())
        )
        make_folder(paths[0].parent)
        os.chmod(paths[0].parent, 0o700)
        write_pair(*paths, certificate, key)
        return certificate, key


def read_request(request: str) -> x509.CertificateSigningRequest:
    """Return a signing request (PEM) that is signed with its own P-256 key. Raises EngineError if it is not."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        found = x509.load_pem_x509_csr(request[:_LONGEST_REQUEST].encode())
        key = found.public_key()
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name == "secp256r1" and found.is_signature_valid:
            return found
    except (ValueError, TypeError) as error:
        raise EngineError(f"The signing request cannot be read: {error}.") from error
    raise EngineError("The signing request is not signed with a P-256 key of its own.")


def renew_leaves(authority: Authority, farm: Farm, machine: str, requests: dict[Role, str]) -> dict[Role, IssuedLeaf]:
    """Return new leaves for a machine that has proven its name. Raises EngineError if it may not have them.

    The key of its content leaf stays the one with which it joined; that of the other may change.
    """
    known = farm.machine(machine)
    if known is None or known.state == "revoked":
        raise EngineError("This machine does not belong to the farm.", "Join again: cwtui farm join.")
    if set(requests) != set(ROLES):
        raise EngineError("A signing request is missing.")
    if key_fingerprint(read_request(requests["content"])) != known.fingerprint:
        raise EngineError("This is not the key with which the machine joined.", "Join again: cwtui farm join.")
    return {role: authority.issue(role, machine, request) for role, request in requests.items()}
