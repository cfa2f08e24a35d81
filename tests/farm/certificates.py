"""Certificates of a farm for tests: an authority, and leaves for its host and machines, of any age."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from engine.farm import ContentCredentials
from engine.farm.leaves import CLOCK_ERROR, LIFETIME

DAY = timedelta(days=1)


class TestAuthority:
    """A farm's authority, with its files in a folder. A name keeps its key."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._keys: dict[str, ec.EllipticCurvePrivateKey] = {}
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Cleanwater farm")])
        certificate = self._signed(self._name, self._key, timedelta(0), 365 * DAY, authority=True)
        self.path = folder / "authority.crt"
        self.path.write_bytes(certificate.public_bytes(Encoding.PEM))

    def fingerprint(self, name: str) -> str:
        """The SHA-256 of a name's public key."""
        public = self._key_of(name).public_key()
        return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()

    def leaf(
        self,
        name: str,
        role: str = "content",
        *,
        age: timedelta = timedelta(0),
        valid: tuple[timedelta, timedelta] | None = None,
        trusts: TestAuthority | None = None,
    ) -> ContentCredentials:
        """The files of a leaf that was issued `age` ago, or is `valid` from then to then.

        It trusts this authority or another.
        """
        key = self._key_of(name)
        parts = [(NameOID.ORGANIZATIONAL_UNIT_NAME, role), (NameOID.COMMON_NAME, name)]
        subject = x509.Name([x509.NameAttribute(oid, value) for oid, value in parts if value])
        since, until = valid or (-CLOCK_ERROR - age, LIFETIME + CLOCK_ERROR - age)
        certificate = self._signed(subject, key, since, until, authority=False)
        number = len(list(self._folder.iterdir()))
        files = self._folder / f"{number}-{role}.crt", self._folder / f"{number}-{role}.key"
        files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
        files[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return ContentCredentials(files[0], files[1], (trusts or self).path)

    def forget_key(self, name: str) -> None:
        """Make another key for the next leaf of a name."""
        del self._keys[name]

    def _key_of(self, name: str) -> ec.EllipticCurvePrivateKey:
        if name not in self._keys:
            self._keys[name] = ec.generate_private_key(ec.SECP256R1())
        return self._keys[name]

    def _signed(
        self,
        subject: x509.Name,
        key: ec.EllipticCurvePrivateKey,
        since: timedelta,
        until: timedelta,
        *,
        authority: bool,
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        usage = x509.KeyUsage(not authority, False, False, False, False, authority, authority, False, False)
        issuer_key = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
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
            .add_extension(issuer_key, critical=False)
        )
        if not authority:
            both = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
            builder = builder.add_extension(x509.ExtendedKeyUsage(both), critical=False)
        return builder.sign(self._key, SHA256())
