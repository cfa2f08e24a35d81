"""Trials of packages: the presets of a package that was read in the sandbox, without being installed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import EngineError, RequestError

if TYPE_CHECKING:
    from engine.market import InstalledPackage
    from engine.studio.studio import Studio


def known_trial(studio: Path, reference: str) -> Path | None:
    """The folder of an earlier trial of an offer, or of the package of a .cwpkg file, whose files are unchanged.

    None if there is none. Raises RequestError if no trusted repository has the package, or it was revoked.
    """
    return trial_of(studio, _digest(studio, reference))


def trial_of(studio: Path, sha256: str) -> Path | None:
    """The folder of an earlier trial of the archive with this digest, whose files are unchanged; None without one."""
    from engine.market import check_files
    from engine.tasks import MARKET_TRIALS

    folder = studio / MARKET_TRIALS / sha256[:16]
    if not folder.is_dir():
        return None
    try:
        record = read_trial(folder)
    except EngineError:
        return None
    same = record.sha256 == sha256
    return folder if same and set(check_files(folder, record).values()) == {"unchanged"} else None


def try_package(studio: Studio, reference: str) -> Path:
    """Reads a package in the sandbox, and returns the folder of its trial. Errors as `install_package`."""
    from engine.studio.market import install_package

    return Path(install_package(studio, reference, trial=True)["folder"])


def read_trial(folder: Path) -> InstalledPackage:
    """The record of a trial. Raises EngineError if there is none in the folder."""
    from engine.market import installed

    found = installed(folder)
    if not found:
        raise EngineError(f"There is no trial in {folder}.", "Try the package again: cwtui market try.")
    return found[0]


def _digest(studio: Path, reference: str) -> str:
    from engine.market import SUFFIX
    from engine.studio.market import find_offer

    if not reference.endswith(SUFFIX):
        offer = find_offer(studio, reference).offer
        if offer.revoked:
            raise RequestError(f"{offer.id} {offer.version} was revoked: {offer.revoked}.", "Choose another version.")
        return offer.sha256
    try:
        return hashlib.sha256(Path(reference).read_bytes()).hexdigest()
    except OSError as error:
        raise RequestError(f"{reference} cannot be read: {error.strerror}.", "Check the path.") from error
