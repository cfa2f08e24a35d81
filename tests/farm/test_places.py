"""Where a job may start, and why not elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from engine.catalog import Catalog, FarmFault, FarmMachine, Job, JobState
from engine.errors import EngineError
from engine.farm import Identity, MachineFacts, WorkOrder
from engine.farm.attempt import is_late, said
from engine.farm.caps import Caps
from engine.farm.faults import barred_kinds, quarantine_reason
from engine.farm.history import MachineHistory
from engine.farm.lease_run import permitted_kind
from engine.farm.owner import reason_to_pause
from engine.farm.placement import Candidate, choose
from engine.farm.places import Places
from engine.farm.preparation import is_output_path
from engine.jobs import GIB, JobContext, JobKind, RemoteWork, ResourceNeeds
from engine.jobs.remote import JobPlace

OWN = "work/jobs/1111111111111111"
NOW = datetime.now(UTC)
IDENTITY = Identity(engine="1", libraries="2", models="3", encoder="4", device="5")


def job(kind: str = "render", **given: Any) -> Job:
    fields = {"id": "1" * 16, "project_id": None, "title": kind, "parameters": {}, "state": JobState.QUEUED}
    return Job.model_validate({**fields, "kind": kind, "memory": GIB, "created_at": NOW, **given})


def machine(name: str, state: str = "active", barred: Mapping[str, str] | None = None, **given: Any) -> Candidate:
    facts = {"platform": "test", "cores": 4, "memory": 8 * GIB, "kinds": ("render",), "identity": IDENTITY, **given}
    known = FarmMachine.model_validate(
        {"name": name, "label": name, "fingerprint": name, "state": state, "joined_at": NOW, "seen_at": NOW}
    )
    return Candidate(known, MachineFacts.model_validate(facts), barred or {}, (), {})


def with_speed(one: Candidate, speed: float) -> Candidate:
    return Candidate(one.machine, one.facts, one.barred, one.running, {"render": speed})


def test_the_fastest_machine_gets_the_job_and_a_new_one_counts_as_average() -> None:
    slow, fast = with_speed(machine("slow"), 1.0), with_speed(machine("fast"), 4.0)
    chosen, _ = choose([slow, machine("new"), fast], job())
    assert chosen is fast
    chosen, _ = choose([slow, machine("new")], job())
    assert chosen is not None
    assert chosen.machine.name == "slow"


@pytest.mark.parametrize(
    ("candidate", "asked", "reason"),
    [
        (machine("m", state="draining"), job(), "m is draining"),
        (machine("m", state="quarantined"), job(), "m is quarantined"),
        (machine("m", kinds=()), job(), "m cannot do render"),
        (machine("m", barred={"render": "full"}), job(), "m gets no render any more: full"),
        (machine("m"), job(gpu=True), "m has no graphics device to offer"),
        (machine("m", memory=GIB // 2), job(), "m has too little memory"),
    ],
)
def test_a_machine_is_refused_with_a_reason(candidate: Candidate, asked: Job, reason: str) -> None:
    assert choose([candidate], asked) == (None, reason)


def test_a_silent_a_paused_and_a_busy_machine_are_refused() -> None:
    quiet = machine("quiet")
    assert choose([replace(quiet, silent=True)], job()) == (None, "quiet is silent")
    paused = MachineFacts.model_validate({**quiet.facts.model_dump(), "state": "paused", "paused": "in use\x1b[2J"})
    busy = Candidate(quiet.machine, quiet.facts, {}, [job(cpu=4)], {})
    both = [Candidate(quiet.machine, paused, {}, (), {}), busy]
    assert choose(both, job()) == (None, "quiet is paused: in use?[2J; quiet is busy")
    assert choose([], job()) == (None, "no machine has joined")


def test_places_fill_machines_then_this_one_and_keep_what_failed_here(tmp_path: Path) -> None:
    catalog = Catalog.in_studio(tmp_path)
    places = Places(catalog, lambda: {"m": machine("m", cores=1)})
    first, second = job(id="a" * 16), job(id="b" * 16)
    remote, fitting = frozenset({"render"}), frozenset({first.id, second.id})
    assert places.place([first, second], fitting, remote, starting=False) == {
        first.id: JobPlace("m", "for m"),
        second.id: JobPlace(None, "here: m is busy"),
    }
    places.note_failure(first.id, "m", "m: full")
    assert places.place([first], fitting, remote, starting=False)[first.id].note == "here: m: full"
    places.note_failure(first.id, "n", "n: full")
    assert places.place([first], fitting, remote, starting=False)[first.id].note == (
        "here: 2 machines failed, the last one: n: full"
    )
    # Its row is not there any more.
    assert list(places.forget_ended()) == []
    assert places.place([first], fitting, remote, starting=False)[first.id].machine == "m"
    catalog.close()


def test_what_holds_a_name_or_the_network_stays_and_unknown_kinds_wait(tmp_path: Path) -> None:
    catalog = Catalog.in_studio(tmp_path)
    places = Places(catalog, lambda: {"m": machine("m")})
    remote = frozenset({"render"})
    for kept in (job(mutex="one"), job(network=True), job(cpu_limit=0), job("other")):
        assert places.place([kept], set(), remote, starting=False) == {kept.id: JobPlace()}
    assert places.place([job()], set(), None, starting=True) == {}
    assert places.place([job()], set(), remote, starting=True)["1" * 16].note == "here: the farm is starting"
    catalog.close()


def test_three_faults_in_a_row_bar_a_kind_and_six_a_machine(tmp_path: Path) -> None:
    catalog = Catalog.in_studio(tmp_path)
    history = MachineHistory(catalog.farm)

    def fault(kind: str, at: datetime = NOW, reason: str = "full") -> FarmFault:
        return FarmFault(machine="m", kind=kind, at=at, reason=reason)

    assert barred_kinds([fault("render")] * 2, history) == {}
    assert barred_kinds([fault("render")] * 3 + [fault("proxy")], history) == {"render": "full"}
    assert barred_kinds([fault("render", NOW - timedelta(hours=2))] * 3, history) == {}
    assert quarantine_reason([fault("render")] * 5, history) == ""
    assert (
        quarantine_reason([fault("a"), *[fault("b")] * 5], history) == "6 jobs failed in a row, the last one, a: full"
    )
    lie = fault("render", NOW - timedelta(days=9), "wrong bytes: it lied")
    assert quarantine_reason([fault("render"), lie], history) == "wrong bytes: it lied"
    catalog.close()


def test_a_late_job_is_one_that_another_machine_does_much_sooner() -> None:
    assert not is_late(elapsed=10, share=0.5, elsewhere=10)
    assert not is_late(elapsed=24, share=0.5, elsewhere=10)
    assert is_late(elapsed=26, share=0.5, elsewhere=10)
    assert is_late(elapsed=26, share=0.0, elsewhere=10)


def test_text_of_other_machines_is_short_and_has_no_control_characters() -> None:
    assert said("a\x1b[31m‮b" + "c" * 999) == ("a?[31m?b" + "c" * 999)[:300]


@pytest.mark.parametrize(
    "path",
    [
        "work/x",
        "work/parts/x",
        "walk/work/x",
        "walk/proxies/x.mov",
        "walk/transcripts/x.json",
        f"work/jobs/{'1' * 16}/movie/x",
    ],
)
def test_outputs_may_be_intermediate_files(path: str) -> None:
    assert is_output_path(path, "1" * 16)


@pytest.mark.parametrize(
    "path",
    [
        "catalog.sqlite", "studio.lock", "work", "work/cache/x", "farm/authority/key.pem", "walk/originals/x.mov",
        "walk/deliverables/x.mov", "walk/work", "/etc/passwd", "work/../catalog.sqlite", "work//x", "work/x\0",
        "work/./x", "../x", "work/jobs/1/movie/x", f"{OWN}/result.json", f"{OWN}/tmp/x",
    ],
)  # fmt: skip
def test_outputs_may_be_nothing_else(path: str) -> None:
    assert not is_output_path(path, "1" * 16)


def test_the_owner_decides_when_a_machine_works() -> None:
    noon = datetime(2026, 11, 30, 12)
    night = Caps(hours=(time(22), time(7)))
    assert reason_to_pause(Caps(), True, noon, None, True) == "paused by its owner"
    assert reason_to_pause(night, False, noon, None, True) == "outside 22:00–07:00"
    assert reason_to_pause(night, False, noon.replace(hour=23), None, True) == ""
    assert reason_to_pause(night, False, noon.replace(hour=6), None, True) == ""
    assert reason_to_pause(Caps(only_on_power=True), False, noon, None, False) == "on battery"
    assert reason_to_pause(Caps(idle_minutes=5), False, noon, 299, True) == "in use"
    assert reason_to_pause(Caps(idle_minutes=5), False, noon, 301, True) == ""
    assert reason_to_pause(Caps(idle_minutes=5), False, noon, None, True) == ""


class Named(BaseModel):
    """Parameters with a path of the machine."""

    path: Path


def kinds(studio: Path) -> Mapping[str, JobKind[Any]]:
    """Kinds that read or write what their parameters name, and one that needs the network."""

    def one(name: str, **given: Any) -> JobKind[Named]:
        work = RemoteWork(lambda parameters, results: (), lambda parameters, result: ())

        def run(parameters: Named, job: JobContext) -> dict[str, Any]:
            return {}

        return JobKind(name, 1, Named, run, lambda parameters: name, lambda result: True, remote=work, **given)

    return {
        "reads": one("reads", reads=lambda parameters: [parameters.path]),
        "writes": one("writes", writes=lambda parameters: [parameters.path]),
        "network": one("network", needs=ResourceNeeds(network=True)),
    }


@pytest.mark.parametrize("kind", ["reads", "writes", "network", "unknown"])
def test_a_machine_refuses_a_host_that_wants_its_own_files_or_network(kind: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    order = WorkOrder(
        lease="1", job_id="2", attempt=1, kind=kind, kind_version=1, title="", parameters={"path": str(secret)}
    )
    with pytest.raises(EngineError):
        permitted_kind(order, scratch, f"{__name__}:kinds", IDENTITY)
    if kind == "writes":
        absent = order.model_copy(update={"parameters": {"path": str(tmp_path / "absent")}})
        with pytest.raises(EngineError):
            permitted_kind(absent, scratch, f"{__name__}:kinds", IDENTITY)
    inside = order.model_copy(update={"parameters": {"path": str(scratch / "file")}})
    if kind in ("reads", "writes"):
        assert permitted_kind(inside, scratch, f"{__name__}:kinds", IDENTITY).name == kind
    with pytest.raises(EngineError):
        permitted_kind(inside.model_copy(update={"identity": "0" * 64}), scratch, f"{__name__}:kinds", IDENTITY)
