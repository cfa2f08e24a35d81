"""The certificate of a Dask connection's own side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

DASK_ROLE = "dask"


@dataclass(frozen=True, slots=True)
class DaskCredentials:
    """The files of a leaf certificate with the role `dask`, its key, and the farm's authority, all in PEM."""

    certificate: Path
    key: Path
    authority: Path


def scheduler_folder(studio: Path) -> Path:
    """Return the only folder that a studio's Dask scheduler may read and write."""
    return studio / "farm" / "scheduler"


def scheduler_credentials(studio: Path) -> DaskCredentials:
    """Return the places of the scheduler's certificate, key and authority; `cwtui farm host` writes them."""
    folder = scheduler_folder(studio)
    return DaskCredentials(folder / "leaf.pem", folder / "key.pem", folder / "authority.pem")
