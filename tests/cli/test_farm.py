"""cwtui farm: switched on, machines join and leave, what listens, and what the other commands show."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.catalog import Catalog
from engine.doctor import farm_findings, network_exposure
from engine.jobs import find_studio_process
from tests.cli.shell import Shell
from tests.waiting import wait_until

LOOPBACK = "127.0.0.1"
PORTS = ("pairing_port", "content_port", "scheduler_port")


@pytest.fixture
def studio(cwtui: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    for environment in (os.environ, cwtui.environment):
        monkeypatch.setitem(environment, "XDG_STATE_HOME", str(cwtui.folder / "state"))
    cwtui("new", "Harbour")
    yield cwtui
    cwtui("farm", "off")


def listening(studio: Path) -> set[tuple[str, int]]:
    """Where the studio process and its descendants listen."""
    present = find_studio_process(studio)
    found = set()
    processes = [psutil.Process(present.pid), *psutil.Process(present.pid).children(recursive=True)] if present else []
    for process in processes:
        try:
            sockets = process.net_connections("inet")
        except psutil.Error:
            continue
        found |= {(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN}
    return found


def has_ended(pid: int) -> bool:
    """Whether a process has ended; this one may be its parent, and has not read its exit code."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def ports_of(listener: dict[str, Any]) -> set[tuple[str, int]]:
    return {(LOOPBACK, listener[name]) for name in PORTS}


def test_a_machine_joins_and_leaves(studio: Shell) -> None:
    assert listening(studio.studio) == set()
    on = studio.json("farm", "host", "--interface", LOOPBACK, "--port", "0")
    # The studio process starts the scheduler once it has seen that the farm listens.
    wait_until(lambda: ports_of(on) <= listening(studio.studio), 300)
    assert listening(studio.studio) == ports_of(on)
    assert str(on["content_port"]) in network_exposure(studio.studio)
    joined = studio.json(
        "farm", "join", "--at", on["at"], "--code", on["code"]["code"], "--name", "Mini", "--only-join"
    )
    assert (joined["host"], joined["label"]) == (on["name"], "Mini")
    used = studio("farm", "join", "--at", on["at"], "--code", on["code"]["code"], "--only-join", code=1)
    assert "no code that pairs" in used.stderr
    assert "cwtui farm code" in used.stderr
    # Without a code, it returns to the farm that it has joined.
    assert studio.json("farm", "join", "--only-join")["machine"] == joined["machine"]
    second = studio.json("farm", "code")["code"]
    assert second["code"] != on["code"]["code"]
    listed = studio.json("farm", "list")
    assert [(one["name"], one["state"]) for one in listed["machines"]] == [(joined["machine"], "active")]
    assert [one["host"] for one in listed["joined"]] == [on["name"]]
    for command, state in (("drain", "draining"), ("forgive", "active"), ("revoke", "revoked")):
        assert studio.json("farm", command, "Mini") == {"machine": joined["machine"], "state": state}
    assert "was removed" in studio("farm", "forgive", joined["machine"], code=2).stderr
    refused = studio("farm", "join", "--only-join", code=1)
    assert "does not belong" in refused.stderr
    left = studio.json("farm", "leave", "--receipt", str(studio.folder / "receipt.json"))
    assert (left["machine"], left["host_informed"]) == (joined["machine"], True)
    assert (studio.folder / "receipt.json").is_file()
    assert studio.json("farm", "list")["joined"] == []
    assert studio.json("farm", "off") == {"was_on": True}
    assert listening(studio.studio) == set()
    assert "no open ports" in network_exposure(studio.studio)
    assert studio.json("farm", "off") == {"was_on": False}


@pytest.mark.slow
def test_the_farm_listens_on_the_same_ports_after_a_kill(studio: Shell) -> None:
    on = studio.json("farm", "host", "--interface", LOOPBACK, "--port", "0")
    before = find_studio_process(studio.studio)
    assert before
    os.kill(before.pid, signal.SIGKILL)
    wait_until(lambda: find_studio_process(studio.studio) is None)
    again = studio.json("farm", "host")
    assert [again[name] for name in PORTS] == [on[name] for name in PORTS]
    after = find_studio_process(studio.studio)
    assert after
    assert after.pid != before.pid


def test_a_machine_that_leaves_is_removed_from_the_farm(studio: Shell) -> None:
    on = studio.json("farm", "host", "--interface", LOOPBACK, "--port", "0")
    joined = studio.json(
        "farm", "join", "--at", on["at"], "--code", on["code"]["code"], "--name", "Mini", "--only-join"
    )
    assert studio.json("farm", "limits", "--cores", "1", "--hours", "22:00-07:00")["hours"] == ["22:00:00", "07:00:00"]
    assert studio.json("farm", "limits", "--heat", "90")["max_celsius"] == 90
    assert studio.json("farm", "limits", "--heat", "0")["max_celsius"] is None
    assert studio.json("farm", "list")["joined"][0]["works"] is None
    assert studio.json("farm", "pause")["work"] == "paused"
    assert studio.json("farm", "resume")["work"] == "working"
    assert studio.json("farm", "leave")["host_informed"]
    assert [(one["name"], one["state"]) for one in studio.json("farm", "list")["machines"]] == [
        (joined["machine"], "revoked")
    ]


@pytest.mark.slow
def test_a_machine_works_in_the_background_until_it_leaves(studio: Shell) -> None:
    on = studio.json("farm", "host", "--interface", LOOPBACK, "--port", "0")
    joined = studio.json("farm", "join", "--at", on["at"], "--code", on["code"]["code"], "--detach")
    pid = joined["works"]["pid"]
    wait_until(lambda: studio.json("farm", "list")["machines"][0]["facts"], 300)
    assert studio.json("farm", "list")["joined"][0]["works"] == {**joined["works"], "detached": True}
    assert f"in process {pid}" in studio("farm", "join", code=2).stderr
    assert studio.json("farm", "join", "--stop")["was_working"]
    assert has_ended(pid)
    assert not studio.json("farm", "join", "--stop")["was_working"]
    again = studio.json("farm", "join", "--detach")["works"]["pid"]
    assert studio.json("farm", "leave")["host_informed"]
    assert has_ended(again)


def test_requests_that_cannot_be_served_are_explained(studio: Shell) -> None:
    assert "There is no network interface" in studio("farm", "host", "--interface", "en99", code=2).stderr
    assert "does not listen" in studio("farm", "code", code=2).stderr
    assert "has not joined a farm" in studio("farm", "leave", code=2).stderr
    assert "There is no machine" in studio("farm", "revoke", "mini", code=2).stderr
    assert "six digits" in studio("farm", "join", "--at", "127.0.0.1:9", "--code", "12", code=2).stderr
    assert "cannot be reached" in studio("farm", "join", "--at", "127.0.0.1:9", "--code", "123456", code=1).stderr
    assert "is not an address" in studio("farm", "join", "--at", "::1", "--code", "123456", code=2).stderr
    policies = studio.studio / "policies"
    policies.mkdir()
    rule = '[[rule]]\nid = "no-farm"\neffect = "forbid"\nactions = ["farm"]\nreason = "This Mac works alone."\n'
    (policies / "alone.toml").write_text(f'title = "Alone"\nowner = "Me"\nchange = "ask me"\n{rule}')
    assert "works alone" in studio("farm", "host", "--interface", LOOPBACK, code=3).stderr
    (policies / "alone.toml").unlink()


def test_without_its_libraries_the_farm_says_how_to_add_them(studio: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "spake2" else found(name))
    for command in (("host", "--interface", LOOPBACK), ("code",), ("join", "--code", "123456")):
        assert "cleanwater[farm]" in studio("farm", *command, code=2).stderr
    assert studio.json("farm", "list")["machines"] == []


def test_doctor_names_machines_in_quarantine_and_explains_the_local_network(studio: Shell) -> None:
    on = studio.json("farm", "host", "--interface", LOOPBACK, "--port", "0")
    assert list(farm_findings(studio.studio, "linux")) == []
    (finding,) = farm_findings(studio.studio, "darwin")
    assert "Local Network" in finding.fix
    joined = studio.json(
        "farm", "join", "--at", on["at"], "--code", on["code"]["code"], "--name", "Mini", "--only-join"
    )
    with closing(Catalog.in_studio(studio.studio)) as catalog:
        catalog.farm.set_state(joined["machine"], "quarantined", "it returned wrong bytes")
    (finding,) = farm_findings(studio.studio, "linux")
    assert "Mini is in quarantine: it returned wrong bytes" in finding.found
    assert joined["machine"] in finding.fix
