"""The certificate authority of a studio, and the certificate of its listener.

The authority can sign only for private addresses and names below `.local`: a phone that trusts it trusts it for nothing
else.
"""

from __future__ import annotations

import ipaddress
import os
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from engine.atomic_files import make_folder
from engine.certificate_files import certificate_builder, key_usage, read_pair, subject_name, write_pair

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

FOLDER = "keys"
_AUTHORITY, _SERVER = "phone-authority", "phone-server"
_AUTHORITY_LIFETIME = timedelta(days=3650)
# iOS refuses certificates for servers that are valid for more than 398 days.
_SERVER_LIFETIME, _RENEWED_BEFORE = timedelta(days=90), timedelta(days=30)
_CLOCK_ERROR = timedelta(hours=24)
_PERMITTED = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8", "fc00::/7", "fe80::/10")


@dataclass(frozen=True, slots=True)
class ServerCertificate:
    """The files of a listener's certificate and key, and the authority in PEM.

    The fingerprints are the SHA-256 of the two certificates, in hex.
    """

    certificate: Path
    key: Path
    authority: bytes
    fingerprint: str
    authority_fingerprint: str

    def context(self) -> ssl.SSLContext:
        """Return the TLS settings of a server: version 1.3 only, so that nothing can be negotiated down."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.load_cert_chain(self.certificate, self.key)
        context.set_alpn_protocols(["http/1.1"])
        return context


def server_certificate(studio: Path, address: str, name: str) -> ServerCertificate:
    """Return the certificate of a studio for an address and a Bonjour name.

    Creates it, and the authority, if there is none that is valid for both for a month. Raises EngineError if a file
    cannot be written.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding

    folder = studio / FOLDER
    make_folder(folder)
    os.chmod(folder, 0o700)
    authority, authority_key = _authority(folder)
    paths = folder / f"{_SERVER}.crt", folder / f"{_SERVER}.key"
    names: list[x509.GeneralName] = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address(address))]
    found = read_pair(*paths)
    if found is None or not _serves(found[0], names, authority):
        found = _issue(names, authority, authority_key)
        write_pair(*paths, *found, chain=authority)
    return ServerCertificate(
        paths[0],
        paths[1],
        authority.public_bytes(Encoding.PEM),
        found[0].fingerprint(hashes.SHA256()).hex(),
        authority.fingerprint(hashes.SHA256()).hex(),
    )


def _authority(folder: Path) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    paths = folder / f"{_AUTHORITY}.crt", folder / f"{_AUTHORITY}.key"
    found = read_pair(*paths)
    if found and found[0].not_valid_after_utc - datetime.now(UTC) > _SERVER_LIFETIME:
        return found
    key = ec.generate_private_key(ec.SECP256R1())
    # Not the studio's name or the machine's: the certificate is shown to everybody on the network.
    subject = subject_name("Cleanwater studio authority")
    permitted: list[x509.GeneralName] = [x509.DNSName("local")]
    permitted += [x509.IPAddress(ipaddress.ip_network(one)) for one in _PERMITTED]
    certificate = (
        _builder(subject, subject, key, _AUTHORITY_LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(key_usage(signs=True), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .sign(key, hashes.SHA256())
    )
    write_pair(*paths, certificate, key)
    return certificate, key


def _issue(
    names: list[x509.GeneralName], authority: x509.Certificate, authority_key: EllipticCurvePrivateKey
) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _builder(subject_name("Cleanwater studio"), authority.subject, key, _SERVER_LIFETIME)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, lifetime: timedelta
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return certificate_builder(subject, issuer, key.public_key(), now - _CLOCK_ERROR, now + lifetime)


def _serves(certificate: x509.Certificate, names: list[x509.GeneralName], authority: x509.Certificate) -> bool:
    """Whether a certificate has these names, is of this authority, and is valid for a while."""
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature

    try:
        certificate.verify_directly_issued_by(authority)
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    left = certificate.not_valid_after_utc - datetime.now(UTC)
    return left > _RENEWED_BEFORE and set(names) <= set(listed)
