"""The first link of a proof: the digest by which a phone or a card reader knew the file before it was in the studio."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from engine.catalog import Take
from engine.errors import EngineError
from engine.studio.proof_link import LinkState, ProofLink
from engine.transfer import JOURNALS, read_journal

if TYPE_CHECKING:
    from engine.studio.studio import Studio

_XXH128 = "xxh128"


class ArrivalProofs:
    """Proves how takes came into a studio: what their phones stated, and what was read from their cards."""

    def __init__(self, studio: Studio, cancelled: Callable[[], bool] | None) -> None:
        self._studio, self._cancelled = studio, cancelled

    def link(self, take: Take) -> ProofLink | None:
        """The link of a take; None if it came neither from a phone with a digest nor by `cwtui offload`."""
        return self._phone_link(take) or self._card_link(take)

    def _phone_link(self, take: Take) -> ProofLink | None:
        """Computes the phone's own digest again, from the original in the studio."""
        from engine.phone import read_back, read_sender_record

        try:
            record = read_sender_record(self._studio.folder, take.digest)
        except EngineError as error:
            return ProofLink("phone", take.label, LinkState.BROKEN, error.message)
        path = self._studio.folder / take.path
        if record is None or not path.is_file():
            return None
        found = read_back(path, record.digest, self._cancelled)
        stated = f"{record.digest.algorithm} {record.digest.value[:16]}…"
        if found.sent != record.digest.value:
            detail = f"The original has another digest than the phone computed for {record.name} ({stated})."
            return ProofLink("phone", take.label, LinkState.BROKEN, detail)
        detail = f"The original has the digest that the phone computed before it sent {record.name} ({stated})."
        return ProofLink("phone", take.label, LinkState.PROVEN, detail)

    def _card_link(self, take: Take) -> ProofLink | None:
        """Whether bytes with the digest of the take were read from a card. Other files are not from a card."""
        found = self._card_files.get(take.digest)
        if found is None:
            return None
        label, name = found
        detail = f"The take has the digest of {name} as it was read from the card {label}."
        return ProofLink("card", take.label, LinkState.PROVEN, detail)

    @cached_property
    def _card_files(self) -> dict[str, tuple[str, str]]:
        """The card's label and the file's name on it, by XXH128."""
        return {
            proof.hashes[_XXH128]: (record.label, proof.name)
            for project in self._studio.catalog.projects()
            for path in sorted((self._studio.folder / project.folder / JOURNALS).glob("*.jsonl"))
            for record in (read_journal(path),)
            for proof in record.proofs.values()
            if _XXH128 in proof.hashes
        }
