"""Certificates of a farm for tests: an authority, and leaves for its host and machines."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engine.farm import ContentCredentials

DAY = timedelta(days=1)


class TestAuthority:
    """A farm's authority, with its files in a folder."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._key = ed25519.Ed25519PrivateKey.generate()
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cleanwater farm")])
        certificate = self._signed(self._name, self._key, timedelta(0), 365 * DAY, authority=True)
        self.path = folder / "authority.crt"
        self.path.write_bytes(certificate.public_bytes(Encoding.PEM))

    def leaf(
        self,
        name: str,
        role: str = "content",
        *,
        since: timedelta = -DAY,
        until: timedelta = DAY,
        trusts: TestAuthority | None = None,
    ) -> ContentCredentials:
        """The files of a new leaf, valid from `since` to `until` from now; it trusts this authority or another."""
        key = ed25519.Ed25519PrivateKey.generate()
        parts = [(NameOID.ORGANIZATIONAL_UNIT_NAME, role), (NameOID.COMMON_NAME, name)]
        subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])
        certificate = self._signed(subject, key, since, until, authority=False)
        number = len(list(self._folder.iterdir()))
        files = self._folder / f"{number}-{role}.crt", self._folder / f"{number}-{role}.key"
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return ContentCredentials(files[0], files[1], (trusts or self).path)

    def _signed(
        self,
        subject: x509.Name,
        key: ed25519.Ed25519PrivateKey,
        since: timedelta,
        until: timedelta,
        *,
        authority: bool,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + since)
            .not_valid_after(now + until)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=0 if authority else None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        if not authority:
            both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
        return builder.sign(self._key, None)
