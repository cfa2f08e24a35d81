"""Saboteurs of signed files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from engine.credentials import Credential, ManifestSource, SignedManifest, sign_file
from engine.credentials.certificates import new_key_pair
from engine.deliver.checks import Finished
from tests.deliver.sabotage.saboteur import saboteur


@saboteur("content-credentials", "signed")
def another_key(good: Finished, path: Path) -> None:
    """Somebody of the same name signs the file again, with the same statement."""
    assert good.signed
    pair = new_key_pair("Ann", "es256", datetime.now(UTC))
    sources = [ManifestSource(one) for one in good.signed.sources]
    manifest = SignedManifest(path.name, "Ann", sources, [], {"sha256_unsigned": good.signed.sha256_unsigned})
    sign_file(Credential(path, pair.chain.decode(), pair.key), manifest, good.path, path)


@saboteur("signed-packets", "signed")
def moved_packets(good: Finished, path: Path) -> Finished:
    """The file before it was signed had other packets."""
    assert good.signed
    return replace(good.moved_to(path), signed=replace(good.signed, packets="0" * 32))
