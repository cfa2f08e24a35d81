"""Signed envelopes: DSSE 1.0 (Dead Simple Signing Envelope), the form that in-toto and its tools read."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from engine.catalog import FrozenModel
from engine.expert_review.reviewer_keys import key_id, read_reviewer_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_LONGEST = 1 << 20


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("must be base64") from error
    return text


_Base64 = Annotated[str, Field(max_length=_LONGEST), AfterValidator(_base64)]


class EnvelopeSignature(FrozenModel):
    """One signature, base64. `keyid` is a hint, and proves nothing."""

    keyid: str = ""
    sig: _Base64


class SignedEnvelope(FrozenModel):
    """A signed payload, base64, with its type."""

    payload: _Base64
    payloadType: str  # noqa: N815 - the name in DSSE
    signatures: tuple[EnvelopeSignature, ...] = Field(min_length=1, max_length=16)

    @property
    def content(self) -> bytes:
        """The payload."""
        return base64.b64decode(self.payload)


def sign(content: bytes, key: Ed25519PrivateKey, payload_type: str = PAYLOAD_TYPE) -> SignedEnvelope:
    """Signs a payload."""
    made = key.sign(_encoding(payload_type, content))
    signature = EnvelopeSignature(keyid=key_id(key.public_key()), sig=base64.b64encode(made).decode())
    payload = base64.b64encode(content).decode()
    return SignedEnvelope(payload=payload, payloadType=payload_type, signatures=(signature,))


def signers_of(envelope: SignedEnvelope, keys: Iterable[str]) -> list[str]:
    """The public keys (PEM) of `keys` that signed the envelope."""
    from cryptography.exceptions import InvalidSignature

    signed, found = _encoding(envelope.payloadType, envelope.content), list[str]()
    for pem in keys:
        key = read_reviewer_key(pem)
        for signature in envelope.signatures:
            try:
                key.verify(base64.b64decode(signature.sig), signed)
            except InvalidSignature:
                continue
            found.append(pem)
            break
    return found


def _encoding(payload_type: str, content: bytes) -> bytes:
    """The pre-authentication encoding of DSSE: what is signed."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(content), content)
