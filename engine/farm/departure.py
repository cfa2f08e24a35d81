"""Leaving a farm: the host is informed, and what this machine has of it is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.errors import EngineError
from engine.farm.cache_receipt import CacheReceipt, destroy_cache
from engine.farm.membership import Membership
from engine.farm.pairing_client import leave


@dataclass(frozen=True, slots=True)
class EndedMembership:
    """What was deleted, and why the host could not be informed, if it could not."""

    receipt: CacheReceipt
    problem: EngineError | None


def end_membership(membership: Membership, receipt_path: Path | None = None) -> EndedMembership:
    """Inform the host, and delete cache, jobs, certificates and keys. The receipt is signed before the keys go.

    Raises EngineError if a file cannot be deleted or the receipt cannot be written.
    """
    problem: EngineError | None = None
    try:
        leave(membership)
    except EngineError as error:
        problem = error
    folder = membership.folder
    receipt = destroy_cache(
        folder / "cache",
        folder / "cache.key",
        [folder / "studio"],
        membership.content,
        membership.host,
        membership.machine,
    )
    if receipt_path is not None:
        write_atomic(receipt_path, receipt.model_dump_json(indent=1).encode())
    membership.forget()
    return EndedMembership(receipt, problem)
