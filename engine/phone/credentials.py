"""Codes and keys: random texts that a person need not remember."""

from __future__ import annotations

import base64
import secrets

_CODE_BYTES = 15


def new_code() -> str:
    """Return a pairing code: 120 random bits as 24 characters that a QR code stores compactly."""
    return base64.b32encode(secrets.token_bytes(_CODE_BYTES)).decode()


def new_key() -> str:
    """Return a device key: 256 random bits."""
    return secrets.token_urlsafe(32)


def fingerprint_text(digest: str) -> str:
    """Return a digest in hex as pairs of digits with colons, in upper case, as browsers show certificates."""
    return ":".join(digest[at : at + 2] for at in range(0, len(digest), 2)).upper()
