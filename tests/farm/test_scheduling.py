"""Jobs on other machines, as real processes over loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.farm.farm import Farm
from tests.farm.machines import Machines


@pytest.fixture
def start(idle_farm: Farm, tmp_path: Path) -> Iterator[Callable[..., Machines]]:
    """Starts a farm that listens: pool and seconds of a lease are given."""
    started: list[Machines] = []

    def begin(pool: str = "trusting_pool", lease_s: float = 30.0) -> Machines:
        started.append(Machines.beside(idle_farm, tmp_path / "machines", pool, lease_s))
        started[-1].listen()
        return started[-1]

    yield begin
    for machines in started:
        machines.close()


def test_a_job_runs_on_another_machine(start: Callable[..., Machines]) -> None:
    farm = start()
    source = farm.farm.studio / "work" / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"footage")
    farm.join("north")
    job = farm.submit(name="one", source="work/source")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert farm.notes(job) == ["for north", "on north", "on north"]
