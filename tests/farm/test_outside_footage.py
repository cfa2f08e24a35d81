"""Footage that stays outside the studio reaches a machine by its digest, and its place stays unknown there."""

from __future__ import annotations

import queue
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.catalog import FarmListener, Job, Take
from engine.farm import ContentCache, ContentRefused
from engine.farm.preparation import Done, Preparation, Prepared, Unprepared
from engine.farm.scratch import ScratchStudios
from engine.jobs import JobRequest
from engine.studio import JOB_KINDS, Studio
from engine.transfer import import_footage
from tests.tasks.run_jobs import run_here

from .certificates import TestAuthority
from .farm import Farm


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "studio")


@pytest.fixture
def take(studio: Studio, small_take: Path) -> Take:
    """A take that stays where it is, after which the farm was switched on."""
    project = studio.new_project("p")
    (made,) = import_footage(studio.catalog, studio.folder, project, [small_take], in_place=True).takes
    listen(studio, datetime.now(UTC))
    return made


def listen(studio: Studio, since: datetime) -> None:
    """Have the catalog say that the farm listens since then, in a job that runs."""
    job_id = "0" * 16
    if studio.catalog.queue.job(job_id) is None:
        fields = {"id": job_id, "project_id": None, "kind": "farm-host", "title": "farm", "parameters": {}}
        job = Job.model_validate({**fields, "state": "queued", "created_at": since})
        studio.catalog.queue.submit([job])
        assert studio.catalog.queue.start(job_id)
    studio.catalog.farm.set_listener(
        FarmListener(
            job_id=job_id,
            interface="lo",
            address="127.0.0.1",
            pairing_port=1,
            content_port=2,
            scheduler_port=3,
            name="farm",
            fingerprint="0" * 64,
            since=since,
        )
    )


def prepared(studio: Studio, step: JobRequest) -> Done:
    """What the studio process makes of a job for another machine."""
    made: queue.SimpleQueue[Done] = queue.SimpleQueue()
    preparation = Preparation(studio.folder, JOB_KINDS, lambda: None, made.put)
    preparation.prepare(step.as_job(), {})
    preparation.close()
    return made.get_nowait()


def test_a_machine_gets_it_by_digest_and_makes_the_same(
    studio: Studio, take: Take, small_take: Path, tmp_path: Path
) -> None:
    step = studio.tasks.levels_request(studio.subject_of(take))
    order = prepared(studio, step)
    assert isinstance(order, Prepared)
    assert list(order.order.sources.values()) == [small_take.resolve()]
    with ExitStack() as stack:
        farm = Farm(studio.folder, studio.catalog, TestAuthority(tmp_path / "certificates"), stack)
        farm.start()
        client = farm.join("mini")
        lease = studio.catalog.farm.offer(step.id, 1, order.order.model_dump(mode="json"))
        claimed = client.claim(lease.id)
        assert str(small_take.parent) not in claimed.model_dump_json()
        scratch = ScratchStudios(tmp_path / "machine")
        scratch.prepare()
        folder = scratch.open(claimed)
        with ContentCache(tmp_path / "cache", tmp_path / "cache.key", 1 << 30) as cache:
            cache.place(client, claimed, folder)
        (file,) = [one for one in claimed.files if one.content == "originals"]
        assert (folder / file.path).read_bytes() == small_take.read_bytes()
        with closing(Studio(folder)) as other:
            kind = other.tasks.kinds()[claimed.kind]
            parameters = kind.parameters.model_validate(claimed.parameters)
            there, _ = run_here(other, JobRequest(kind, parameters, None), claimed.results)
            made = (folder / there["path"]).read_bytes()
    here, _ = run_here(studio, step, {})
    assert made == (studio.folder / here["path"]).read_bytes()


def test_another_file_in_its_place_is_not_sent(studio: Studio, take: Take, small_take: Path, tmp_path: Path) -> None:
    order = prepared(studio, studio.tasks.levels_request(studio.subject_of(take)))
    assert isinstance(order, Prepared)
    digest, place = next(iter(order.order.sources.items()))
    (tmp_path / "placed").mkdir()
    link = tmp_path / "link.mov"
    link.symlink_to(place)
    with ExitStack() as stack:
        farm = Farm(studio.folder, studio.catalog, TestAuthority(tmp_path / "certificates"), stack)
        farm.start()
        client = farm.join("mini")
        changed = order.order.model_copy(update={"sources": {digest: link}})
        lease = client.claim(studio.catalog.farm.offer("1" * 16, 1, changed.model_dump(mode="json")).id)
        with (
            ContentCache(tmp_path / "cache", tmp_path / "cache.key", 1 << 30) as cache,
            pytest.raises(ContentRefused, match="leads to another file"),
        ):
            cache.place(client, lease, tmp_path / "placed")


def test_footage_that_came_after_the_farm_was_switched_on_stays_here(studio: Studio, take: Take) -> None:
    listen(studio, take.arrived_at - timedelta(seconds=1))
    order = prepared(studio, studio.tasks.levels_request(studio.subject_of(take)))
    assert isinstance(order, Unprepared)
    assert "until it is switched off and on again" in order.reason
