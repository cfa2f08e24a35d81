"""A receipt lists what was delivered, from what, how, and what the finished files were measured to be."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from engine import __version__
from engine.atomic_files import exclusive_lock, write_atomic
from engine.catalog import Damage, Encoding, Exact, FrozenModel
from engine.deliver.fidelity import Fidelity
from engine.errors import EngineError
from engine.picture import Rendering
from engine.sound import Downmix, PassthroughTrack

RECEIPT = "receipt.json"

Role = Literal["movie", "sound", "captions"]


class Check(FrozenModel):
    """One promise of the recipe, compared with the finished file.

    `accepted`: it did not pass, and the director said yes to that beforehand.
    """

    name: str
    passed: bool
    accepted: bool = False
    measured: Any
    wanted: Any
    file: str = ""


class DeliverableFile(FrozenModel):
    """A finished file; `path` is relative to the receipt."""

    path: str
    sha256: str
    bytes: int
    role: Role


class TrackChoice(FrozenModel):
    """The track of the footage that was used, by its index as the probe lists it, and why it and no other."""

    index: int
    reason: str


class Deliverable(FrozenModel):
    """One take's deliverable: what it was made from, by what, and the proof.

    `conversion` says in words how the picture came from its encoding to the view, with the nits that depends on.
    `complete` is whether all of its source is there and decodes; `damage` is what does not, in seconds on the take's
    clock.
    """

    take: str
    source_digest: str
    recipe: str
    recipe_digest: str
    input_transform: Encoding | None
    rendering: Rendering | None = None
    conversion: str | None = None
    start: Exact
    duration: Exact
    gain_db: float | None = None
    gain_held_by: str | None = None
    deinterlacer: str | None = None
    sound_track: TrackChoice | None = None
    downmix: Downmix | None = None
    carried: tuple[PassthroughTrack, ...] = ()
    fidelity: Fidelity | None = None
    files: tuple[DeliverableFile, ...]
    checks: tuple[Check, ...]
    notes: tuple[str, ...] = ()
    complete: bool = True
    damage: tuple[Damage, ...] = ()
    made_at: datetime
    made_by: str = f"Cleanwater {__version__}"

    @property
    def passed(self) -> bool:
        """Whether there was a check, and every one passed, or was accepted beforehand."""
        return bool(self.checks) and all(check.passed or check.accepted for check in self.checks)


class Receipt(FrozenModel):
    """All deliverables of one recipe in one folder."""

    version: Literal[1] = 1
    deliveries: tuple[Deliverable, ...] = ()


def read_receipt(folder: Path) -> Receipt:
    """A folder's receipt, empty where there is none yet. EngineError where it cannot be read."""
    path = folder / RECEIPT
    if not path.exists():
        return Receipt()
    try:
        return Receipt.model_validate_json(path.read_bytes())
    except (ValidationError, OSError) as error:
        raise EngineError(
            f"{path} is not a receipt that can be read.",
            "Move it aside and deliver again; the deliverables are untouched.",
        ) from error


def write_receipt(folder: Path, new: Deliverable) -> Path:
    """Adds a deliverable to its folder's receipt, in place of an earlier one that wrote the same files."""
    paths = {file.path for file in new.files}
    path = folder / RECEIPT
    with exclusive_lock(folder / f".{RECEIPT}.lock", wait=True, what="A delivery"):
        kept = [d for d in read_receipt(folder).deliveries if not paths & {file.path for file in d.files}]
        receipt = Receipt(deliveries=tuple(sorted([*kept, new], key=lambda one: (one.take, one.start))))
        write_atomic(path, receipt.model_dump_json(indent=2).encode())
    return path


def now() -> datetime:
    """The time a receipt bears."""
    return datetime.now(UTC)
