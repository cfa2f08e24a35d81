"""Signed envelopes, with securesystemslib as an independent reader and writer of DSSE."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pydantic import ValidationError

from engine.errors import RequestError
from engine.expert_review import (
    PAYLOAD_TYPE,
    SignedEnvelope,
    load_reviewer_key,
    new_reviewer_key,
    sign,
    signers_of,
)
from engine.expert_review.reviewer_keys import public_pem

dsse = pytest.importorskip("securesystemslib.dsse")
signer = pytest.importorskip("securesystemslib.signer")


def test_another_implementation_reads_what_is_signed() -> None:
    key = Ed25519PrivateKey.generate()
    table = sign(b'{"a": 1}', key).model_dump()
    theirs = dsse.Envelope.from_dict(json.loads(json.dumps(table)))
    public = signer.SSlibKey.from_crypto(key.public_key())
    signature = signer.Signature(public.keyid, theirs.signatures[next(iter(theirs.signatures))].signature)
    assert theirs.pae() == b'DSSEv1 28 application/vnd.in-toto+json 8 {"a": 1}'
    public.verify_signature(signature, theirs.pae())


def test_what_another_implementation_signs_is_read() -> None:
    key = Ed25519PrivateKey.generate()
    envelope = dsse.Envelope(b"content", PAYLOAD_TYPE, {})
    envelope.sign(signer.CryptoSigner(key))
    (signature,) = envelope.signatures.values()
    made = SignedEnvelope(
        payload=base64.b64encode(b"content").decode(),
        payloadType=PAYLOAD_TYPE,
        signatures=({"keyid": "", "sig": base64.b64encode(bytes.fromhex(signature.signature)).decode()},),  # type: ignore[arg-type]
    )
    pem = public_pem(key.public_key())
    assert signers_of(made, [pem]) == [pem]


def test_a_changed_payload_type_key_or_signature_does_not_count() -> None:
    key = Ed25519PrivateKey.generate()
    pem, other = public_pem(key.public_key()), public_pem(Ed25519PrivateKey.generate().public_key())
    made = sign(b"content", key)
    assert signers_of(made, [other, pem]) == [pem]
    changed = base64.b64encode(b"Content").decode()
    assert signers_of(made.model_copy(update={"payload": changed}), [pem]) == []
    assert signers_of(made.model_copy(update={"payloadType": "text/plain"}), [pem]) == []
    with pytest.raises(ValidationError, match="base64"):
        SignedEnvelope.model_validate({**made.model_dump(), "payload": "not base64!"})


def test_a_private_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    private, public = new_reviewer_key("Anna Lind", tmp_path / "keys")
    assert (private.name, public.name) == ("anna-lind.pem", "anna-lind.pub.pem")
    assert private.stat().st_mode & 0o777 == 0o600
    made = sign(b"content", load_reviewer_key("Anna Lind", tmp_path / "keys"))
    assert signers_of(made, [public.read_text()]) == [public.read_text()]
    with pytest.raises(RequestError, match="has a key already"):
        new_reviewer_key("Anna Lind", tmp_path / "keys")
    private.chmod(0o644)
    with pytest.raises(RequestError, match="Other users can read"):
        load_reviewer_key("Anna Lind", tmp_path / "keys")
    with pytest.raises(RequestError, match="Ben has no key"):
        load_reviewer_key("Ben", tmp_path / "keys")
