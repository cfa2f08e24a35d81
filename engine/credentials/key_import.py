"""Imports a key and its chain of certificates, after a trial signature."""

from __future__ import annotations

import io
import json
from pathlib import Path

from engine.credentials.certificates import read_key_pair
from engine.credentials.credential import (
    Credential,
    credential_path,
    refuse_expired,
    refuse_other_key,
    store_key_pair,
)
from engine.credentials.signature import (
    ManifestSource,
    ManifestState,
    SignedManifest,
    manifest_builder,
    reading_of,
    signer_of,
    trusting_context,
)
from engine.errors import RequestError


def import_credential(key: Path, chain: Path, *, replace: bool = False) -> Credential:
    """Copies a key and its chain of certificates (PEM), after a trial signature.

    Raises RequestError if they cannot be used, FileInTheWayError as `new_credential`.
    """
    refuse_other_key(replace)
    try:
        pair = read_key_pair(key.read_bytes(), chain.read_bytes())
    except OSError as error:
        raise RequestError(
            f"{error.filename} cannot be read: {error.strerror}.", "Give a key and its chain."
        ) from error
    credential = Credential(credential_path(), pair.chain.decode(), pair.key)
    refuse_expired(credential)
    _refuse_unusable(credential)
    return store_key_pair(pair, replace=replace)


def _refuse_unusable(credential: Credential) -> None:
    """Raises RequestError if a key cannot sign: a trial signature of an empty WAV file must be valid."""
    import c2pa

    empty = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data\0\0\0\0"
    manifest = SignedManifest("trial", credential.certificate.name, [ManifestSource("0")], [], {})
    signed = io.BytesIO()
    try:
        with manifest_builder(manifest) as builder, signer_of(credential) as signer:
            builder.sign(signer, "audio/wav", io.BytesIO(empty), signed)
        signed.seek(0)
        with c2pa.Reader("audio/wav", signed, context=trusting_context(credential.chain)) as reader:
            found = reading_of(json.loads(reader.json()), credential.certificate.serial)
    except c2pa.C2paError as error:
        raise RequestError(
            f"This key cannot sign Content Credentials: {error}.",
            "Give a certificate for C2PA or for e-mail signatures, with its chain.",
        ) from error
    if found.state is not ManifestState.VALID:
        raise RequestError(
            f"A trial signature with this key is not valid: {', '.join(found.problems) or found.state}.",
            "Give a certificate for C2PA or for e-mail signatures, with its chain.",
        )
