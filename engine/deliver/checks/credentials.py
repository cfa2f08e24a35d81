"""Checks of signed files: the manifest is valid, and signing changed nothing else."""

from __future__ import annotations

from collections.abc import Iterator

from engine.deliver.checks.finished import Finished
from engine.deliver.checks.registry import check
from engine.deliver.checks.results import equal
from engine.deliver.receipt import Check
from engine.deliver.signing import check_manifest


@check(
    "signed-packets",
    "Packets kept by signing",
    remedy="Deliver it without a signature, and report it: the manifest broke the file.",
    applies_to=("movie", "sound"),
)
def signed_packets(finished: Finished) -> Iterator[Check]:
    """A signed file has the packets that it had before it was signed, at the same times."""
    from engine.demux import packets_digest

    if signed := finished.signed:
        yield equal("packets kept by signing", packets_digest(finished.path), signed.packets)


@check(
    "content-credentials",
    "Content Credentials",
    remedy="Deliver it again: the file was changed or signed again after its delivery.",
    applies_to=("movie", "sound"),
)
def content_credentials(finished: Finished) -> Iterator[Check]:
    """The manifest of a signed file is valid, signed with the creator's key, and names its recordings."""
    from engine.credentials import read_manifest

    if signed := finished.signed:
        reading = read_manifest(finished.path, signed.signature.chain)
        yield check_manifest(reading, signed.signature, signed.sources, signed.sha256_unsigned)
