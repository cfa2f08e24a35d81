"""Badges: what was measured of an installed look on this device. A package cannot claim them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import ValidationError

from engine.atomic_files import make_folder, write_atomic
from engine.catalog import FrozenModel

_FOLDER = Path("market") / "badges"
LookClock = Literal["timestamps", "elapsed", "processor"]


class ProofCheck(FrozenModel):
    """The comparison of a device with the proof of a package.

    `error` is the largest difference as a share of the tolerance; at most 1. `compared` and `others` are names of
    effects. Of neutral light, with the compared effects and shaders: `monotone`, more never becomes less in a channel;
    `keeps_hdr`, from 1 to 16 it keeps its steps, and ends above 1.
    """

    device: str
    error: float
    compared: tuple[str, ...]
    others: tuple[str, ...]
    monotone: bool
    keeps_hdr: bool


class LookMeasure(FrozenModel):
    """What the whole look costs on a device, with all its effects.

    `milliseconds` are those of a UHD frame; they were measured at `width` × `height` and scaled by the area. The clock
    is “timestamps” of the GPU, or the “elapsed” time of one without them; the time of the “processor” on a device
    without a GPU. `memory` are the bytes of the
    pictures of a UHD frame that exist at the same time. `finite`: no result of the ramp is infinite or no number.
    """

    device: str
    finite: bool
    milliseconds: float
    clock: LookClock
    width: int
    height: int
    memory: int
    measured_at: datetime


class LookBadges(FrozenModel):
    """The badges of a package; `measure` is None until the job that measures it has run."""

    format: Literal[1] = 1
    proof: ProofCheck
    measure: LookMeasure | None = None

    def words(self) -> list[str]:
        """The badges in plain words."""
        proof = self.proof
        said = [f"matches its proof on {proof.device}"]
        said.append("keeps light above 1" if proof.keeps_hdr else "limits light above 1")
        said.append("brighter stays brighter" if proof.monotone else "turns some brighter light darker")
        if found := self.measure:
            said.append("finite" if found.finite else "makes values that are not finite")
            kind = "of processor time" if found.clock == "processor" else "on the GPU"
            said.append(f"{found.milliseconds:.1f} ms {kind} for a UHD frame")
            said.append(f"{found.memory / 1e6:.0f} MB for a UHD frame")
        else:
            said.append("its speed is not measured yet")
        return said


def write_badges(studio: Path, sha256: str, badges: LookBadges) -> None:
    """Stores the badges of the package with this digest."""
    path = _path(studio, sha256)
    make_folder(path.parent)
    write_atomic(path, badges.model_dump_json(indent=1).encode())


def read_badges(studio: Path, sha256: str) -> LookBadges | None:
    """The badges of the package with this digest; None if it has none, or they cannot be read."""
    try:
        return LookBadges.model_validate_json(_path(studio, sha256).read_bytes())
    except (OSError, ValidationError):
        return None


def forget_badges(studio: Path, sha256: str) -> None:
    """Removes the badges of the package with this digest."""
    _path(studio, sha256).unlink(missing_ok=True)


def _path(studio: Path, sha256: str) -> Path:
    return studio / _FOLDER / f"{sha256}.json"
