"""Inputs to machines and outputs from them, over real TLS."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.farm import ContentCache, ContentRefused, LeafRequest, WorkAnswer, incoming_folder
from tests.farm.farm import FACTS, Farm, digest, new_file

MIB = 1 << 20


@pytest.fixture
def cache(tmp_path: Path) -> Iterator[ContentCache]:
    with ContentCache(tmp_path / "worker" / "cache", tmp_path / "worker" / "cache.key", 64 * MIB) as opened:
        yield opened


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 17])
def test_a_job_goes_to_a_machine_and_its_output_comes_back(
    farm: Farm, cache: ContentCache, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    lease = farm.offer(new_file(farm.studio, "Film/proxies/a b.mov", content), max_output=10 * MIB)
    machine = farm.join("ada")
    order = machine.claim(lease.id)
    assert order.lease == lease.id
    received: list[int] = []
    cache.place(machine, order, tmp_path / "worker", received.append)
    placed = tmp_path / "worker" / "Film/proxies/a b.mov"
    assert (placed.read_bytes() == content, sum(received)) == (True, size)

    output = tmp_path / "out.bin"
    output.write_bytes(content[::-1])
    sent: list[int] = []
    machine.send(lease.id, output, digest(content[::-1]), sent.append)
    assert sum(sent) == size
    machine.send(lease.id, output, digest(content[::-1]), sent.append)
    assert sum(sent) == size, "an output that is there was sent again"
    result = new_file(tmp_path, "Film/work/x.bin", content[::-1])
    answer = WorkAnswer(lease=lease.id, status="done", result={"frames": 3}, files=(result,))
    machine.answer(answer)
    machine.answer(answer)
    stored = farm.catalog.farm.lease(lease.id)
    assert stored is not None
    assert stored.state == "answered"
    assert stored.answer == answer.model_dump(mode="json")
    kept = incoming_folder(farm.studio, lease.id) / digest(content[::-1])
    assert kept.read_bytes() == content[::-1]


def test_a_file_is_fetched_once_and_placed_twice(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    file = new_file(farm.studio, "a.bin", b"same")
    again = new_file(farm.studio, "deep/er/b.bin", b"same")
    machine = farm.join("ada")
    received: list[int] = []
    for number in range(2):
        order = machine.claim(farm.offer(file, again).id)
        cache.place(machine, order, tmp_path / str(number), received.append)
        assert (tmp_path / str(number) / "deep/er/b.bin").read_bytes() == b"same"
    assert received == [4]


def test_a_machine_reports_and_learns_its_state(farm: Farm) -> None:
    machine = farm.join("ada")
    status = machine.report(FACTS)
    assert (status.state, status.renew) == ("active", False)
    stored = farm.catalog.farm.machine("ada")
    assert stored is not None
    assert stored.facts is not None
    assert stored.facts["cores"] == 2
    assert stored.seen_at
    farm.catalog.farm.set_state("ada", "quarantined", "its chunks differ")
    assert machine.report(FACTS).reason == "its chunks differ"
    farm.catalog.farm.set_state("ada", "revoked")
    assert machine.report(FACTS.model_copy(update={"cores": 64})).state == "revoked"
    stored = farm.catalog.farm.machine("ada")
    assert stored is not None
    assert stored.facts is not None
    assert stored.facts["cores"] == 2


def test_an_old_leaf_is_renewed(farm: Farm) -> None:
    farm.add_machine("ada")
    machine = farm.client(farm.authority.leaf("ada", age=timedelta(hours=9)))
    assert machine.report(FACTS).renew
    leaves = machine.renew(LeafRequest(content="one", dask="two"))
    assert (leaves.content, leaves.dask) == ("new one", "new two")
    assert farm.renewals == [("ada", LeafRequest(content="one", dask="two"))]


def test_progress_extends_a_lease_until_it_is_over(farm: Farm) -> None:
    machine = farm.join("ada")
    lease = farm.offer()
    machine.claim(lease.id)
    before = farm.catalog.farm.lease(lease.id)
    reply = machine.beat(lease.id, (3, 10, "frames", "rendering"))
    after = farm.catalog.farm.lease(lease.id)
    assert before is not None
    assert after is not None
    assert before.deadline is not None
    assert not reply.stop
    assert after.deadline == reply.deadline > before.deadline
    assert (after.done, after.total, after.unit, after.message) == (3, 10, "frames", "rendering")
    farm.catalog.farm.end_lease(lease.id, "you cancelled the job")
    reply = machine.beat(lease.id, (4, 10, "frames", ""))
    assert (reply.stop, reply.reason) == (True, "you cancelled the job")
    farm.catalog.farm.set_state("ada", "quarantined", "x")
    assert machine.beat(lease.id, (5, 10, "frames", "")).stop


def test_a_claim_that_was_answered_may_come_again(farm: Farm) -> None:
    machine, other = farm.join("ada"), farm.join("bob")
    lease = farm.offer()
    assert machine.claim(lease.id) == machine.claim(lease.id)
    with pytest.raises(ContentRefused) as refused:
        other.claim(lease.id)
    assert (refused.value.status, refused.value.code) == (409, "lease-ended")


def test_an_ended_lease_takes_no_answer(farm: Farm) -> None:
    machine = farm.join("ada")
    lease = farm.offer()
    machine.claim(lease.id)
    farm.catalog.farm.end_leases(lease.job_id, "another attempt began")
    with pytest.raises(ContentRefused) as refused:
        machine.answer(WorkAnswer(lease=lease.id, status="done"))
    assert refused.value.code == "lease-ended"


def test_an_answer_needs_its_outputs(farm: Farm, tmp_path: Path) -> None:
    machine = farm.join("ada")
    lease = farm.offer()
    machine.claim(lease.id)
    file = new_file(tmp_path, "x.bin", b"output")
    answer = WorkAnswer(lease=lease.id, status="done", files=(file,))
    with pytest.raises(ContentRefused) as refused:
        machine.answer(answer)
    assert refused.value.code == "missing-outputs"
    machine.send(lease.id, tmp_path / "x.bin", file.sha256)
    with pytest.raises(ContentRefused) as refused:
        machine.answer(answer.model_copy(update={"files": (file.model_copy(update={"size": 7}),)}))
    assert refused.value.code == "missing-outputs"
    machine.answer(answer)


def test_a_draining_machine_ends_its_work_and_takes_no_more(farm: Farm, cache: ContentCache, tmp_path: Path) -> None:
    machine = farm.join("ada")
    first, second = farm.offer(new_file(farm.studio, "a", b"a")), farm.offer()
    order = machine.claim(first.id)
    farm.catalog.farm.set_state("ada", "draining", "for a new disk")
    with pytest.raises(ContentRefused, match="for a new disk") as refused:
        machine.claim(second.id)
    assert refused.value.code == "draining"
    cache.place(machine, order, tmp_path / "worker")
    machine.answer(WorkAnswer(lease=first.id, status="done"))


def test_a_machine_that_is_off_the_network_is_named(farm: Farm) -> None:
    machine = farm.join("ada")
    assert farm.server is not None
    farm.server.close()
    with pytest.raises(EngineError, match="cannot be reached"):
        machine.claim("0" * 32)
