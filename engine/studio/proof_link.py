"""A link of a proof, and its state."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """The result for one link of a proof. A link that is not proven is not broken: the evidence is not here."""

    PROVEN = "proven"
    BROKEN = "broken"
    NOT_PROVEN = "not proven"


@dataclass(frozen=True, slots=True)
class ProofLink:
    """One link: its kind, its subject (a take or a file), and a sentence about the comparison."""

    kind: str
    subject: str
    state: LinkState
    detail: str
