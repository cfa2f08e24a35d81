"""Jobs on other machines: where they run, what listens, and what a hostile machine reaches."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest

from engine.catalog import Catalog, JobState
from engine.farm import ContentCredentials
from engine.farm.confined_child import start_child
from tests.farm.certificates import DAY, TestAuthority
from tests.farm.farm import Farm
from tests.farm.machines import Machines
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def farm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """A farm with the machine north."""
    folder = tmp_path_factory.mktemp("farm")
    studio = folder / "studio"
    studio.mkdir()
    with ExitStack() as stack:
        catalog = Catalog.in_studio(studio)
        stack.callback(catalog.close)
        machines = Machines.beside(Farm(studio, catalog, TestAuthority(folder / "certificates"), stack), folder)
        stack.callback(machines.close)
        machines.listen()
        machines.join("north")
        yield machines


def test_a_job_runs_on_another_machine(farm: Machines) -> None:
    source = farm.farm.studio / "work" / "source"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(b"footage")
    job = farm.submit(name="one", source="work/source")
    farm.finish(job)
    assert len(farm.made(job)) == 32
    assert farm.notes(job) == ["for north", "on north", "on north"]
    assert farm.row(job).attempts == 1


def test_a_kind_that_cannot_run_elsewhere_runs_here(farm: Machines) -> None:
    job = farm.submit("local", name="at home")
    farm.finish(job)
    assert farm.made(job)
    assert farm.table.leases_of(job.id, 1) == []


def test_a_job_that_finds_no_machine_says_why_it_runs_here(farm: Machines) -> None:
    farm.table.set_state("north", "draining")
    job = farm.submit(name="drained")
    farm.finish(job)
    farm.table.set_state("north", "active")
    assert farm.made(job)
    assert farm.notes(job) == ["here: north is draining"]


def test_a_cancelled_job_ends_on_the_other_machine(farm: Machines) -> None:
    job = farm.submit(name="cancelled", gate="never")
    farm.claimed(job)
    runner = wait_until(lambda: _runner(farm, job.id))
    farm.farm.catalog.queue.request_cancel(job.id, "a test")
    assert farm.finish(job).state is JobState.CANCELLED
    wait_until(lambda: not psutil.pid_exists(runner))


def _runner(farm: Machines, job_id: str) -> int | None:
    """The process in which the machine runs a job, as its progress says."""
    (lease,) = farm.table.leases_of(job_id, 1)
    return int(lease.message.rpartition(" ")[2]) if lease.message else None


def test_the_scheduler_listens_on_one_port_and_a_machine_on_none(farm: Machines) -> None:
    (north,) = farm.machines
    assert _listening(psutil.Process(farm.scheduler())) == [("127.0.0.1", farm.scheduler_port)]
    assert [place for process in north.processes() for place in _listening(process)] == []


def _listening(process: psutil.Process) -> list[tuple[str, int]]:
    return [tuple(one.laddr) for one in process.net_connections("inet") if one.status == psutil.CONN_LISTEN]


def test_a_worker_must_have_the_name_of_its_certificate(farm: Machines) -> None:
    leaf = farm.farm.authority.leaf("north", "dask")
    settings = {
        "address": "127.0.0.1",
        "port": farm.scheduler_port,
        "machine": "south",
        "certificate": str(leaf.certificate),
        "key": str(leaf.key),
        "authority": str(leaf.authority),
    }
    impostor, pair = start_child("engine.farm.dask_agent", farm.folder / "impostor", settings)
    log = farm.farm.studio / "farm" / "scheduler" / "log"
    with pair:
        wait_until(lambda: "The certificate of north is not that of the worker south." in log.read_text())
        impostor.kill()
        impostor.wait()


def test_the_scheduler_answers_no_stranger(farm: Machines, tmp_path: Path) -> None:
    own = farm.farm.authority
    foreign = TestAuthority(tmp_path / "foreign")
    assert _first_answer(farm, own.leaf("north", "dask"))
    strangers = (
        foreign.leaf("north", "dask", trusts=own),
        own.leaf("north", "dask", valid=(-3 * DAY, timedelta(seconds=-1))),
        own.leaf("north", "dask", valid=(timedelta(hours=1), DAY)),
    )
    assert [_first_answer(farm, leaf) for leaf in strangers] == [b"", b"", b""]
    assert _first_answer(farm, own.leaf("north", "dask"), certificate=False) == b""
    assert _first_answer(farm, own.leaf("north", "dask"), newest=ssl.TLSVersion.TLSv1_2) == b""
    with socket.create_connection(("127.0.0.1", farm.scheduler_port), timeout=60) as plain:
        plain.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert b"HTTP" not in _received(plain)


def _first_answer(
    farm: Machines,
    leaf: ContentCredentials,
    *,
    certificate: bool = True,
    newest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> bytes:
    """What the scheduler sends to a client that has this leaf; nothing if it refuses it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.load_verify_locations(leaf.authority)
    context.maximum_version = newest
    if certificate:
        context.load_cert_chain(leaf.certificate, leaf.key)
    with socket.create_connection(("127.0.0.1", farm.scheduler_port), timeout=60) as plain:
        try:
            with context.wrap_socket(plain) as connection:
                return _received(connection)
        except OSError:
            return b""


def _received(connection: socket.socket) -> bytes:
    try:
        return connection.recv(100)
    except ConnectionError:
        return b""


def test_a_job_on_a_machine_reaches_no_key_and_no_other_job(farm: Machines) -> None:
    """An input may take over the library that reads it."""
    studio, north = farm.farm.studio, farm.folder / "north"
    footage = studio / "other.mov"
    footage.write_bytes(b"footage")
    keys = [*north.glob("*.key"), farm.farm.authority.leaf("north").key]
    assert len(keys) > 1
    places = [footage, studio / "catalog.sqlite", studio, *keys, north, north / "studio", north / "agent", Path.home()]
    job = farm.submit("peek", name="peek", paths=[str(path) for path in places])
    farm.finish(job)
    assert "on north" in farm.notes(job)
    assert json.loads(farm.made(job)) == {str(path): "PermissionError, PermissionError" for path in places}


def _intrude(dask_scheduler: Any, paths: list[str]) -> dict[str, str]:
    """Runs in the scheduler: tries to open each path, and to write beside it."""
    import os

    found = {}
    for path in paths:
        try:
            if os.path.isdir(path):
                os.listdir(path)
            else:
                os.close(os.open(path, os.O_RDONLY))
            found[path] = "read"
        except OSError as error:
            found[path] = type(error).__name__
        try:
            os.close(os.open(path + ".mine", os.O_WRONLY | os.O_CREAT))
            found[path] += ", written"
        except OSError:
            pass
    found["environment"] = " ".join(sorted(os.environ))
    found["files"] = " ".join(
        link for name in os.listdir("/proc/self/fd") if (link := _link(f"/proc/self/fd/{name}")).startswith("/")
    ) if os.path.isdir("/proc/self/fd") else ""  # fmt: skip
    return found


def _link(path: str) -> str:
    import os

    try:
        return os.readlink(path)
    except OSError:
        return ""


def test_code_in_the_scheduler_reaches_no_footage_and_no_other_key(farm: Machines) -> None:
    """Any certificate holder can run code there: what it reaches is what counts."""
    from distributed import Client
    from distributed.security import Security

    studio = farm.farm.studio
    footage = studio / "footage.mov"
    footage.write_bytes(b"footage")
    assert farm.farm.host is not None
    north = farm.folder / "north"
    secrets = [footage, studio / "catalog.sqlite", studio, farm.farm.host.key, north / "cache.key", north, Path.home()]
    own = studio / "farm" / "scheduler" / "key.pem"
    leaf = farm.farm.authority.leaf("north", "dask")
    security = Security(
        require_encryption=True,
        tls_ca_file=str(leaf.authority),
        tls_client_cert=str(leaf.certificate),
        tls_client_key=str(leaf.key),
        tls_min_version=ssl.TLSVersion.TLSv1_3,
    )
    with Client(f"tls://127.0.0.1:{farm.scheduler_port}", security=security, set_as_default=False) as hostile:
        reached = hostile.run_on_scheduler(_intrude, paths=[str(path) for path in (*secrets, own)])
    assert reached.pop(str(own)) == "read"
    opened, environment = reached.pop("files").split(), set(reached.pop("environment").split())
    assert reached == {str(path): "PermissionError" for path in secrets}
    assert all(path.startswith(("/dev/", str(own.parent / "log"), str(own.parent / "tmp"))) for path in opened), opened
    assert "SECRET_OF_A_TEST" not in environment
    # The farm works on.
    job = farm.submit(name="after")
    farm.finish(job)
    assert "on north" in farm.notes(job)
