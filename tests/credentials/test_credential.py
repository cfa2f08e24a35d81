"""The creator's key: made or imported, kept from others, and refused if it cannot sign."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID

from engine.credentials import (
    ALGORITHMS,
    Algorithm,
    credential_path,
    import_credential,
    load_credential,
    new_credential,
)
from engine.credentials.certificates import KeyPair, new_key_pair
from engine.errors import FileInTheWayError, RequestError

NOW = datetime.datetime.now(datetime.UTC)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CWTUI_CREDENTIALS", str(tmp_path / "settings" / "keys"))
    return tmp_path


def files(folder: Path, pair: KeyPair) -> tuple[Path, Path]:
    key, chain = folder / "key.pem", folder / "chain.pem"
    key.write_bytes(pair.key)
    chain.write_bytes(pair.chain)
    return key, chain


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_a_new_key_is_for_its_owner_alone(algorithm: Algorithm) -> None:
    with pytest.raises(RequestError, match="no key"):
        load_credential()
    made = new_credential(" Ann ", algorithm)
    assert made.path.stat().st_mode & 0o777 == 0o600
    assert made.path.parent.stat().st_mode & 0o777 == 0o700
    loaded = load_credential()
    assert (loaded.certificate.name, loaded.algorithm) == ("Ann", algorithm)
    assert loaded == made
    assert loaded.key.decode() not in repr(loaded)
    with pytest.raises(FileInTheWayError):
        new_credential("Eve")
    assert new_credential("Eve", replace=True).certificate.sha256 != made.certificate.sha256


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_key_that_others_can_read_is_refused(mode: int) -> None:
    new_credential("Ann").path.chmod(mode)
    with pytest.raises(RequestError, match="Other users can read"):
        load_credential()


@pytest.mark.parametrize("name", ["", "  ", "x" * 51])
def test_a_name_that_no_certificate_can_have_is_refused(name: str) -> None:
    with pytest.raises(RequestError, match="1 to 50"):
        new_credential(name)
    assert not credential_path().exists()


def test_a_key_and_its_chain_are_imported(folder: Path) -> None:
    key, chain = files(folder, new_key_pair("Ann", "ed25519", NOW))
    imported = import_credential(key, chain)
    assert imported.certificate.name == "Ann"
    assert imported.path.stat().st_mode & 0o777 == 0o600
    assert load_credential() == imported
    with pytest.raises(FileInTheWayError):
        import_credential(key, chain)


def test_what_does_not_fit_together_is_refused(folder: Path) -> None:
    one, other = new_key_pair("Ann", "es256", NOW), new_key_pair("Eve", "es256", NOW)
    mark = b"-----BEGIN CERTIFICATE-----"
    own, other_root = mark + one.chain.split(mark)[1], mark + other.chain.split(mark)[2]
    private = serialization.load_pem_private_key(one.key, None)
    locked = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"secret")
    )
    small = rsa.generate_private_key(65537, 1024).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    old = new_key_pair("Ann", "es256", NOW - datetime.timedelta(days=30 * 365))
    for pair, message in (
        (KeyPair(other.key, one.chain), "another key"),
        (KeyPair(one.key, own), "only one certificate"),
        (KeyPair(one.key, own + other_root), "is not issued by"),
        (KeyPair(locked, one.chain), "password"),
        (KeyPair(b"nothing", one.chain), "cannot be read"),
        (KeyPair(one.key, b"nothing"), "cannot be read"),
        (KeyPair(small, one.chain), "this kind of key"),
        (old, "is valid from"),
    ):
        with pytest.raises(RequestError, match=message):
            import_credential(*files(folder, pair))
    assert not credential_path().exists()
    with pytest.raises(RequestError, match="cannot be read: No such file"):
        import_credential(folder / "missing.pem", folder / "chain.pem")


def test_a_certificate_for_web_servers_is_refused_by_a_trial_signature(folder: Path) -> None:
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "server")])

    def certificate(public: ec.EllipticCurvePublicKey, ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder(name, name, public, x509.random_serial_number())
            .not_valid_before(NOW - datetime.timedelta(days=1))
            .not_valid_after(NOW + datetime.timedelta(days=9))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        )

    usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
    chain = [
        certificate(key.public_key(), False).add_extension(usage, critical=False).sign(root, hashes.SHA256()),
        certificate(root.public_key(), True).sign(root, hashes.SHA256()),
    ]
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pair = KeyPair(private, b"".join(one.public_bytes(serialization.Encoding.PEM) for one in chain))
    with pytest.raises(RequestError, match=r"Content Credentials|trial signature"):
        import_credential(*files(folder, pair))


def test_a_damaged_file_says_what_to_do() -> None:
    path = new_credential("Ann").path
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RequestError, match="is damaged") as refused:
        load_credential()
    assert "make a new one" in refused.value.hint
