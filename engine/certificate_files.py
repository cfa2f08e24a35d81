"""X.509 certificates with P-256 keys: their common parts, and their files in PEM."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import write_atomic

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey

    CertificatePair = tuple[x509.Certificate, EllipticCurvePrivateKey]


def certificate_builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: EllipticCurvePublicKey,
    not_before: datetime,
    not_after: datetime,
) -> x509.CertificateBuilder:
    """Return a certificate with a random serial number and the key's identifier, to be extended and signed."""
    from cryptography import x509

    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def key_usage(*, signs: bool) -> x509.KeyUsage:
    """Return the key usage of an authority, which signs certificates, or of a leaf."""
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def subject_name(common: str, unit: str = "") -> x509.Name:
    """Return a subject with this common name and, if there is one, organizational unit."""
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    parts = [x509.NameAttribute(NameOID.COMMON_NAME, common)]
    if unit:
        parts.append(x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit))
    return x509.Name(parts)


def read_pair(certificate: Path, key: Path) -> CertificatePair | None:
    """Read a certificate and its key; None if one is missing, unreadable, or belongs to another."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        return None
    if not isinstance(private, EllipticCurvePrivateKey) or private.public_key() != found.public_key():
        return None
    os.chmod(key, 0o600)
    return found, private


def write_pair(
    certificate_path: Path,
    key_path: Path,
    certificate: x509.Certificate,
    key: EllipticCurvePrivateKey,
    chain: x509.Certificate | None = None,
) -> None:
    """Write a certificate, with its issuer if `chain` is given, and its key, which only the owner can read."""
    from cryptography.hazmat.primitives.serialization import Encoding

    write_key(key_path, key)
    chained = chain.public_bytes(Encoding.PEM) if chain else b""
    write_atomic(certificate_path, certificate.public_bytes(Encoding.PEM) + chained)


def write_key(path: Path, key: EllipticCurvePrivateKey) -> None:
    """Write a private key, which only the owner can read."""
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    content = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    before = os.umask(0o077)
    try:
        write_atomic(path, content)
    finally:
        os.umask(before)
    os.chmod(path, 0o600)
