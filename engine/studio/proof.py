"""The proof of a deliverable: from the seal of its footage to its files, link by link, without a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from engine.catalog import IngestBatch, Take
from engine.credentials import read_manifest
from engine.deliver import (
    RECEIPT,
    Deliverable,
    Signature,
    SourceSeal,
    check_manifest,
    check_sequence,
    read_approvals,
    read_receipt,
)
from engine.errors import EngineError, RequestError
from engine.file_digest import sha256_of
from engine.studio.arrival_proof import ArrivalProofs
from engine.studio.proof_link import LinkState, ProofLink
from engine.studio.studio import Studio
from engine.timeline import rendition_digest
from engine.transfer import seal_digest, take_digest
from engine.units import format_bytes


@dataclass(frozen=True, slots=True)
class DeliveryProof:
    """The links of one delivery of a receipt, from its footage to its files."""

    take: str
    recipe: str
    links: tuple[ProofLink, ...]

    @property
    def broken(self) -> ProofLink | None:
        """The first broken link."""
        return next((one for one in self.links if one.state is LinkState.BROKEN), None)


def prove_receipt(
    studio: Studio,
    place: Path,
    progress: Callable[[int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> list[DeliveryProof]:
    """Proves each delivery of a receipt; `place` is the receipt, its folder, or a file that it lists.

    The originals of the takes are read again and compared with the digests of their phones or cards and with their
    seals, the takes with the receipt, and the files with their SHA-256. `progress` is called with the bytes read.
    Raises RequestError without a receipt, EngineError for one that cannot be read, Cancelled.
    """
    folder = place if place.is_dir() else place.parent
    deliveries = read_receipt(folder).deliveries if (folder / RECEIPT).is_file() else ()
    if place.name != RECEIPT and place != folder:
        deliveries = tuple(one for one in deliveries if any(file.path == place.name for file in one.files))
    if not deliveries:
        raise RequestError(
            f"{place} is no receipt, and no receipt beside it lists it.",
            "Give a receipt.json, its folder, or a deliverable.",
        )
    originals = _Originals(studio, progress, cancelled)
    return [DeliveryProof(one.take, one.recipe, tuple(_links(one, folder, studio, originals))) for one in deliveries]


def _links(delivery: Deliverable, folder: Path, studio: Studio, originals: _Originals) -> Iterator[ProofLink]:
    if delivery.cut is None:
        yield from originals.links(delivery.take, delivery.source_digest)
        yield from _receipt_seal_links(studio, delivery.take, delivery.seal)
    else:
        for source in delivery.cut.takes:
            yield from originals.links(source.take, source.source_digest)
            yield from _receipt_seal_links(studio, source.take, source.seal)
        yield _cut_link(delivery, studio)
    for file in delivery.files:
        yield _file_link(folder / file.path, file.bytes, file.sha256)
        if delivery.signature and file.sha256_unsigned:
            yield _credentials_link(folder / file.path, delivery, delivery.signature, file.sha256_unsigned)
    if delivery.sequence:
        yield _frames_link(folder, delivery)
    if delivery.approval:
        yield _approval_link(delivery, folder)
    failed, count = sum(one.failed for one in delivery.checks), len(delivery.checks)
    state = LinkState.PROVEN if delivery.passed else LinkState.BROKEN
    yield ProofLink("checks", delivery.recipe, state, f"{failed or 'None'} of {count} checks failed.")


def _receipt_seal_links(studio: Studio, label: str, seal: SourceSeal | None) -> Iterator[ProofLink]:
    """Whether the manifest that sealed a source when it was delivered is still in its history, with its bytes."""
    if seal is None:
        return
    kind = "manifest"
    try:
        kept = seal.is_kept(studio.folder)
    except EngineError as error:
        # Another studio has no such folder; this one has the seal of the take, which is a link of its own.
        state = LinkState.BROKEN if (studio.folder / seal.manifest).exists() else LinkState.NOT_PROVEN
        yield ProofLink(kind, label, state, error.message)
        return
    state = LinkState.PROVEN if kept else LinkState.BROKEN
    detail = f"{seal.manifest} {'has' if kept else 'no longer has'} the digest of the receipt."
    yield ProofLink(kind, label, state, detail)


def _cut_link(delivery: Deliverable, studio: Studio) -> ProofLink:
    """Whether the cut of a film is still stored as it was delivered; later edits break no link."""
    from engine.studio.cuts import ProjectCuts

    assert delivery.cut is not None
    name, digest = delivery.cut.name, delivery.cut.digest
    for project in studio.catalog.projects():
        with suppress(EngineError):
            cuts = ProjectCuts(studio, project)
            if name in cuts.names() and rendition_digest(cuts.read(name)) == digest:
                return ProofLink("cut", name, LinkState.PROVEN, "The cut is as it was delivered.")
        if (studio.folder / project.folder / "work" / "cuts" / f"{digest}.json").is_file():
            detail = "The cut was edited after the delivery; its state at the delivery is kept."
            return ProofLink("cut", name, LinkState.PROVEN, detail)
    return ProofLink("cut", name, LinkState.NOT_PROVEN, "No cut of this studio is as it was delivered.")


def _file_link(path: Path, size: int, sha256: str) -> ProofLink:
    if not path.is_file():
        return ProofLink("file", path.name, LinkState.BROKEN, "The file is missing.")
    found = path.stat().st_size
    if found != size:
        detail = f"The file has {format_bytes(found)}, and the receipt says {format_bytes(size)}."
        return ProofLink("file", path.name, LinkState.BROKEN, detail)
    if sha256_of(path) != sha256:
        return ProofLink("file", path.name, LinkState.BROKEN, "The file was changed after the delivery.")
    return ProofLink("file", path.name, LinkState.PROVEN, "The file has the SHA-256 of the receipt.")


def _frames_link(folder: Path, delivery: Deliverable) -> ProofLink:
    assert delivery.sequence
    wrong = check_sequence(folder, delivery)
    detail = wrong or f"All {delivery.sequence.frames} frames have the SHA-256 of their list."
    return ProofLink("frames", delivery.sequence.pattern, LinkState.BROKEN if wrong else LinkState.PROVEN, detail)


def _credentials_link(path: Path, delivery: Deliverable, signature: Signature, unsigned: str) -> ProofLink:
    """Whether the statement that is signed in a file is valid, by the key of the receipt, and about these sources."""
    kind = "credentials"
    if not path.is_file():
        return ProofLink(kind, path.name, LinkState.BROKEN, "The file is missing.")
    sources = [one.source_digest for one in delivery.cut.takes] if delivery.cut else [delivery.source_digest]
    try:
        reading = read_manifest(path, signature.chain)
    except EngineError as error:
        return ProofLink(kind, path.name, LinkState.BROKEN, error.message)
    check = check_manifest(reading, signature, [one for one in sources if one], unsigned)
    if not check.passed:
        return ProofLink(kind, path.name, LinkState.BROKEN, f"The signature is not good: {check.measured}.")
    detail = (
        f"The manifest is valid and signed with the key of {signature.signer} "
        f"(certificate {signature.certificate_sha256[:16]}). No list of trusted issuers was consulted: "
        "the signature proves the key, not the person."
    )
    return ProofLink(kind, path.name, LinkState.PROVEN, detail)


def _approval_link(delivery: Deliverable, folder: Path) -> ProofLink:
    review = delivery.approval or ""
    try:
        found = read_approvals(folder).of(delivery)
    except EngineError as error:
        return ProofLink("approval", review, LinkState.BROKEN, error.message)
    if found is None:
        return ProofLink("approval", review, LinkState.NOT_PROVEN, "Nobody has approved these files for the review.")
    detail = f"{found.by} approved these files on {found.at:%d %B %Y}."
    return ProofLink("approval", review, LinkState.PROVEN, detail)


class _Originals:
    """Proves the takes of deliveries. An original of several deliveries is read once."""

    def __init__(
        self, studio: Studio, progress: Callable[[int], None] | None, cancelled: Callable[[], bool] | None
    ) -> None:
        self._studio, self._progress, self._cancelled = studio, progress, cancelled
        self._arrivals = ArrivalProofs(studio, cancelled)
        self._proven: dict[str, tuple[ProofLink, ...]] = {}

    @cached_property
    def _takes(self) -> dict[str, Take]:
        return {take.digest: take for take in self._studio.catalog.takes()}

    @cached_property
    def _batches(self) -> dict[int, IngestBatch]:
        catalog = self._studio.catalog
        return {batch.id: batch for project in catalog.projects() for batch in catalog.batches(project)}

    def links(self, label: str, digest: str) -> Sequence[ProofLink]:
        """The links from the arrival of a take to its entry in the catalog, by the digest of its content."""
        take = self._takes.get(digest)
        if take is None:
            detail = "No take of this studio has the digest of the source."
            return [ProofLink("take", label, LinkState.NOT_PROVEN, detail)]
        if digest not in self._proven:
            arrival = self._arrivals.link(take)
            self._proven[digest] = (
                *([arrival] if arrival else ()),
                self._seal_link(take),
                self._original_link(take),
                ProofLink("take", take.label, LinkState.PROVEN, "The take has the digest of the receipt."),
            )
        return self._proven[digest]

    def _seal_link(self, take: Take) -> ProofLink:
        batch = self._batches.get(take.batch_id) if take.batch_id is not None else None
        if batch is None or batch.sealed_at is None:
            detail = "The footage has no seal, because it was left in place."
            return ProofLink("seal", take.label, LinkState.NOT_PROVEN, detail)
        try:
            sealed = seal_digest(self._studio.folder / batch.folder, self._studio.folder / take.path)
        except EngineError as error:
            return ProofLink("seal", take.label, LinkState.BROKEN, error.message)
        if sealed != take.digest:
            return ProofLink("seal", take.label, LinkState.BROKEN, "The seal has another digest, or none.")
        return ProofLink(
            "seal", take.label, LinkState.PROVEN, f"The seal in {batch.folder} has the digest of the take."
        )

    def _original_link(self, take: Take) -> ProofLink:
        path = self._studio.folder / take.path
        if not path.exists():
            return ProofLink("original", take.label, LinkState.BROKEN, f"{path} is missing.")
        if take_digest(path, self._progress, self._cancelled) != take.digest:
            return ProofLink("original", take.label, LinkState.BROKEN, f"{path} was changed after its ingest.")
        return ProofLink("original", take.label, LinkState.PROVEN, "The footage has the digest of its ingest.")
