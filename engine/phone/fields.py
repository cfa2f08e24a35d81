"""Parses the header fields of tus 1.0 and of the resumable upload draft of the IETF."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from typing import TYPE_CHECKING

from engine.phone.refusal import Refusal

if TYPE_CHECKING:
    from hashlib import _Hash

MOST_METADATA_BYTES = 4096
CHECKSUM_ALGORITHMS = ("sha1", "sha256", "md5")
_CONTENT_DIGESTS = {"sha-256": "sha256", "sha-512": "sha512"}
_NATURAL = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[!-+\--~]+")
# Items of structured fields (RFC 9651): a value and parameters, which no field here has.
_PARAMETERS = r"""(?:;[ ]*[a-z*][a-z0-9_.*-]*(?:=(?:[^ ;,"]+|"(?:[^"\\]|\\["\\])*"))?)*"""
_BOOLEAN = re.compile(rf"[ ]*\?([01]){_PARAMETERS}[ ]*")
_INTEGER = re.compile(rf"[ ]*(-?[0-9]{{1,15}}){_PARAMETERS}[ ]*")
_DIGEST = re.compile(r"([a-z0-9*][a-z0-9_.*-]*)=:([A-Za-z0-9+/=]*):")


@dataclass(frozen=True, slots=True)
class BodyChecksum:
    """The checksum of a request's body: an algorithm of `hashlib` and the digest."""

    algorithm: str
    digest: bytes

    def hasher(self) -> _Hash:
        """Return a hash object of this algorithm."""
        return hashlib.new(self.algorithm, usedforsecurity=False)


def natural(text: str | None, name: str) -> int:
    """Parse a number of bytes. Raises Refusal (400) if the field is missing or not a natural number."""
    if text is None or not _NATURAL.fullmatch(text):
        raise Refusal(400, f"{name} must be a whole number of bytes.")
    return int(text)


def optional_natural(text: str | None, name: str) -> int | None:
    """Parse a number of bytes that may be missing. Raises Refusal (400)."""
    return None if text is None else natural(text, name)


def boolean(text: str | None) -> bool | None:
    """Parse a boolean of structured fields, `?1` or `?0`; any other value counts as missing."""
    found = _BOOLEAN.fullmatch(text or "")
    return found[1] == "1" if found else None


def integer(text: str | None) -> int | None:
    """Parse an integer of structured fields that is not negative; any other value counts as missing."""
    found = _INTEGER.fullmatch(text or "")
    number = int(found[1]) if found else -1
    return number if number >= 0 else None


def metadata(raw: str | None) -> dict[str, bytes]:
    """Parse `Upload-Metadata` of tus: pairs of a key and a value in Base64. Raises Refusal (400; 431 if too long)."""
    if not raw:
        return {}
    if len(raw) > MOST_METADATA_BYTES:
        raise Refusal(431, f"Upload-Metadata has more than {MOST_METADATA_BYTES} bytes.")
    found: dict[str, bytes] = {}
    for pair in raw.split(","):
        key, _, value = pair.strip(" ").partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise Refusal(400, "Each key of Upload-Metadata must be printable ASCII and occur once.")
        try:
            found[key] = base64.b64decode(value, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Refusal(400, f"The value of {key} in Upload-Metadata is not Base64.") from error
    return found


def tus_checksum(raw: str | None) -> BodyChecksum | None:
    """Parse `Upload-Checksum` of tus: an algorithm and a digest in Base64. Raises Refusal (400)."""
    if raw is None:
        return None
    algorithm, _, value = raw.partition(" ")
    if algorithm not in CHECKSUM_ALGORITHMS:
        raise Refusal(
            400,
            f"The checksum algorithm is not supported. Supported: {', '.join(CHECKSUM_ALGORITHMS)}.",
            {"Tus-Checksum-Algorithm": ",".join(CHECKSUM_ALGORITHMS)},
        )
    try:
        digest = base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, "The checksum in Upload-Checksum is not Base64.") from error
    return BodyChecksum(algorithm, digest)


def digest_field(raw: str | None, name: str) -> BodyChecksum | None:
    """Parse `Content-Digest` or `Repr-Digest` (RFC 9530): the first digest whose algorithm is known, None without one.

    Raises Refusal (400) if the field is malformed.
    """
    if raw is None:
        return None
    found = [_DIGEST.fullmatch(one.strip()) for one in raw.split(",")]
    for one in found:
        if one is None:
            raise Refusal(400, f"{name} is malformed.")
        if algorithm := _CONTENT_DIGESTS.get(one[1]):
            try:
                return BodyChecksum(algorithm, base64.b64decode(one[2], validate=True))
            except (binascii.Error, ValueError) as error:
                raise Refusal(400, f"{name} is not Base64.") from error
    return None


def disposition_name(raw: str | None) -> str:
    """Return the file name of a `Content-Disposition` (RFC 6266), or ''."""
    if not raw or len(raw) > MOST_METADATA_BYTES:
        return ""
    message = Message()
    message["content-disposition"] = raw
    return message.get_filename() or ""


def modified_at(values: Mapping[str, bytes]) -> datetime | None:
    """Return the time of a file on the sender, which it gives in milliseconds since 1970 as `modified`, or None."""
    text = text_of(values, "modified")
    # The year 2000 to 2100: other numbers are not times of footage.
    if not _NATURAL.fullmatch(text) or not 946_684_800_000 <= int(text) < 4_102_444_800_000:
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def text_of(values: Mapping[str, bytes], *keys: str) -> str:
    """Return the first value of these keys that is not empty, decoded from UTF-8, or ''."""
    return next((values[key].decode(errors="replace") for key in keys if values.get(key)), "")
