"""Leaving a farm: the host is informed, and what this machine has of it is deleted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.atomic_files import write_atomic
from engine.errors import EngineError
from engine.farm.cache_receipt import CacheReceipt, destroy_cache
from engine.farm.membership import Membership
from engine.farm.pairing_client import leave
from engine.farm.worker import CACHE, CACHE_KEY, JOBS
from engine.farm.worker_process import find_worker, stop_worker


@dataclass(frozen=True, slots=True)
class EndedMembership:
    """What was deleted, and why the host could not be informed, if it could not."""

    receipt: CacheReceipt
    problem: EngineError | None


def end_membership(membership: Membership, receipt_path: Path | None = None) -> EndedMembership:
    """Delete cache and jobs, inform the host, and delete certificates and keys. The receipt is signed before these go.

    A process that works in the background is stopped before. Raises EngineError if one works in a terminal now, or
    the receipt cannot be written.
    """
    if (working := find_worker(membership)) and working.detached:
        stop_worker(membership)
    folder = membership.folder
    plain = [path for path in (folder / JOBS, folder / "kinds") if path.exists()]
    receipt = destroy_cache(
        folder / CACHE, folder / CACHE_KEY, plain, membership.content, membership.host, membership.machine
    )
    if receipt_path is not None:
        write_atomic(receipt_path, receipt.model_dump_json(indent=1).encode())
    problem: EngineError | None = None
    try:
        leave(membership)
    except EngineError as error:
        problem = error
    membership.forget()
    return EndedMembership(receipt, problem)
