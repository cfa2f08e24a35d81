"""Keys and certificates for Content Credentials, by the certificate profile of C2PA 2.2 (14.5)."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from engine.errors import RequestError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

Algorithm = Literal["es256", "es384", "es512", "ed25519", "ps256"]
ALGORITHMS: tuple[Algorithm, ...] = ("es256", "ed25519")
"""What a new key may use; keys of others can use more."""
# A signature without a trusted time counts as long as its certificate is valid.
_YEARS = 20
# Clocks differ: a certificate must not begin in the future of another machine.
_EARLIER = datetime.timedelta(days=1)
_CURVES: dict[str, Algorithm] = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_LEAST_RSA = 2048


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A private key, and the chain of certificates from its own to its issuer's; both PEM."""

    key: bytes
    chain: bytes


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What the certificate of a key says: its holder, serial number, SHA-256 and validity (UTC)."""

    name: str
    serial: int
    sha256: str
    valid_from: datetime.datetime
    valid_until: datetime.datetime


def new_key_pair(name: str, algorithm: Algorithm, now: datetime.datetime) -> KeyPair:
    """Creates a key, and a certificate for `name` that a root certificate of its own issues.

    C2PA does not accept certificates that sign themselves. The key of the root is forgotten, so that it issues no
    other certificate.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def generate() -> Any:
        return ec.generate_private_key(ec.SECP256R1()) if algorithm == "es256" else ed25519.Ed25519PrivateKey.generate()

    def named(text: str) -> x509.Name:
        # Both names are shown by readers: Adobe's shows the organization.
        return x509.Name(
            [x509.NameAttribute(NameOID.ORGANIZATION_NAME, name), x509.NameAttribute(NameOID.COMMON_NAME, text)]
        )

    def usage(*, signs: bool) -> x509.KeyUsage:
        return x509.KeyUsage(signs, False, False, False, False, not signs, not signs, False, False)

    def certificate(subject: x509.Name, public: Any) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(named(f"{name}: own root"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _EARLIER)
            .not_valid_after(now + datetime.timedelta(days=round(_YEARS * 365.25)))
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        )

    root, key = generate(), generate()
    digest = hashes.SHA256() if algorithm == "es256" else None
    root_certificate = (
        certificate(named(f"{name}: own root"), root.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage(signs=False), critical=True)
        .sign(root, digest)
    )
    own = (
        certificate(named(name), key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage(signs=True), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .sign(root, digest)
    )
    return KeyPair(_pem_of(key), _pem_of_all([own, root_certificate]))


def read_key_pair(key: bytes, chain: bytes) -> KeyPair:
    """The key and the chain of PEM files, checked against each other. Raises RequestError if they do not fit."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        private = serialization.load_pem_private_key(key, None)
    except TypeError as error:
        raise RequestError(
            "The key is protected by a password.",
            "Write it without one: openssl pkey -in KEY -out KEY-WITHOUT-PASSWORD",
        ) from error
    except ValueError as error:
        raise RequestError("The key cannot be read.", "Give a private key in PEM format.") from error
    try:
        certificates = x509.load_pem_x509_certificates(chain)
    except ValueError as error:
        raise RequestError("The certificates cannot be read.", "Give a chain of certificates in PEM format.") from error
    algorithm_of(key)
    if _public(private) != _public_of(certificates[0]):
        raise RequestError(
            "The first certificate is that of another key.", "Give the chain of this key, its own certificate first."
        )
    if not certificates[1:]:
        raise RequestError(
            "The chain has only one certificate.", "Append the certificate of its issuer: C2PA needs the chain."
        )
    for one, issuer in pairwise(certificates):
        try:
            one.verify_directly_issued_by(issuer)
        except Exception as error:
            raise RequestError(
                f"The certificate of {_name_of(one)} is not issued by {_name_of(issuer)}.",
                "Order the chain: the key's own certificate first, each followed by that of its issuer.",
            ) from error
    return KeyPair(_pem_of(private), _pem_of_all(certificates))


def algorithm_of(key: bytes) -> Algorithm:
    """The algorithm by which a PEM key signs. Raises RequestError for a key that C2PA does not accept."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    private = serialization.load_pem_private_key(key, None)
    if isinstance(private, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(private, ec.EllipticCurvePrivateKey) and private.curve.name in _CURVES:
        return _CURVES[private.curve.name]
    if isinstance(private, rsa.RSAPrivateKey) and private.key_size >= _LEAST_RSA:
        return "ps256"
    raise RequestError(
        "C2PA does not accept this kind of key.", "Use P-256, P-384, P-521, Ed25519, or RSA with at least 2048 bits."
    )


def certificate_facts(chain: bytes) -> CertificateFacts:
    """What the first certificate of a PEM chain says."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    own = x509.load_pem_x509_certificates(chain)[0]
    return CertificateFacts(
        name=_name_of(own),
        serial=own.serial_number,
        sha256=own.fingerprint(hashes.SHA256()).hex(),
        valid_from=own.not_valid_before_utc,
        valid_until=own.not_valid_after_utc,
    )


def last_certificate(chain: str) -> str:
    """The last certificate of a PEM chain."""
    mark = "-----BEGIN CERTIFICATE-----"
    return mark + chain.rpartition(mark)[2]


def _name_of(certificate: Certificate) -> str:
    from cryptography.x509.oid import NameOID

    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    found = found or certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else certificate.subject.rfc4514_string()


def _pem_of(private: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    pem: bytes = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return pem


def _pem_of_all(certificates: Sequence[Certificate]) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return b"".join(one.public_bytes(serialization.Encoding.PEM) for one in certificates)


def _public(private: Any) -> bytes:
    from cryptography.hazmat.primitives import serialization

    found: bytes = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return found


def _public_of(certificate: Certificate) -> bytes:
    from cryptography.hazmat.primitives import serialization

    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
