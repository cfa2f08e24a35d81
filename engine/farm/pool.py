"""The jobs of a studio that run on other machines."""

from __future__ import annotations

from pathlib import Path

from engine.catalog import Catalog


def farm_pool(studio: Path, job_kinds: str, catalog: Catalog) -> FarmPool:
    """Return the pool of a studio process, which names this function "engine.farm.pool:farm_pool"."""
    return FarmPool(studio, job_kinds, catalog)


class FarmPool:
    """Gives jobs to the machines that have joined while the service `farm-host` runs, and takes their answers.

    It starts the Dask scheduler, in a sandbox, at the address and port of `catalog.farm.listener()`, with the files of
    `scheduler_credentials(studio)`, and starts it again when these files change.
    """

    def __init__(self, studio: Path, job_kinds: str, catalog: Catalog) -> None:
        raise NotImplementedError
