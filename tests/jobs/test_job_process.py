"""The job process: the sandbox, temporary folders, errors and resource usage."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.catalog import JobState
from engine.errors import EngineError, GateError, RequestError
from engine.jobs import job_result
from engine.jobs.worker_pool import BACKGROUND_PRIORITY

from .sample_kinds import request
from .studio_harness import StudioHarness


class Listener:
    """A local TCP server that sends "hello" and counts connections."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.connections = 0
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                self.connections += 1
                connection.sendall(b"hello")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def test_a_job_has_no_network_unless_its_kind_declares_it(shared_harness: StudioHarness, listener: Listener) -> None:
    refused, allowed = shared_harness.finish(
        request("reach", amount=listener.port), request("reach-allowed", amount=listener.port)
    )
    assert refused.state is JobState.FAILED
    with pytest.raises(EngineError, match="tried to open a network connection"):
        job_result(refused)
    assert job_result(allowed) == {"heard": "hello"}
    assert listener.connections == 1


def test_background_jobs_yield_to_requested_ones(shared_harness: StudioHarness) -> None:
    background, requested = shared_harness.finish(
        request("niceness", name="background"),
        request("niceness", name="requested", priority=BACKGROUND_PRIORITY + 1),
    )
    assert job_result(requested) == {"niceness": os.nice(0)}
    assert job_result(background) == {"niceness": min(os.nice(0) + 10, 19)}


def test_a_job_collects_its_own_garbage(shared_harness: StudioHarness) -> None:
    """The fork server, from which it comes, collects none."""
    (job,) = shared_harness.finish(request("garbage"))
    assert job_result(job) == {"collected": True, "shared": True}


def test_a_job_writes_only_to_the_studio_and_declared_folders(shared_harness: StudioHarness, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir()
    outside, declared, inside = tmp_path / "shut" / "out", tmp_path / "open" / "in", shared_harness.studio / "within"
    jobs = shared_harness.finish(
        request("intrude", path=outside), request("invited", path=declared), request("intrude", path=inside)
    )
    with pytest.raises(EngineError, match="outside the studio") as refusal:
        job_result(jobs[0])
    assert str(outside) in refusal.value.message
    assert not outside.exists()
    assert [job.state for job in jobs[1:]] == [JobState.DONE] * 2
    assert declared.read_text() == inside.read_text() == "was here"


def test_a_job_reads_only_the_studio_and_declared_files(shared_harness: StudioHarness, tmp_path: Path) -> None:
    inside, outside = shared_harness.studio / "original", tmp_path / "diary"
    inside.write_text("footage")
    outside.write_text("private")
    jobs = shared_harness.finish(
        request("look", path=outside), request("shown", path=outside), request("look", path=inside)
    )
    with pytest.raises(EngineError, match="neither read nor write") as refusal:
        job_result(jobs[0])
    assert str(outside) in refusal.value.message
    assert [job_result(job)["content"] for job in jobs[1:]] == ["private", "footage"]


def test_each_attempt_has_a_new_empty_temporary_folder(shared_harness: StudioHarness) -> None:
    (failed,) = shared_harness.finish(request("scratch", name="mine", amount=0))
    assert (shared_harness.folder(failed) / "tmp" / "left over").exists()
    shared_harness.client.retry(failed)
    assert "ZeroDivisionError" in shared_harness.log(shared_harness.wait(failed))

    (done,) = shared_harness.finish(request("scratch", name="mine", amount=1))
    result = job_result(done)
    assert result["found"] == []
    assert Path(result["place"]).is_relative_to(shared_harness.folder(done))
    assert not Path(result["place"]).exists()


def test_a_gate_error_blocks_the_job(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("gated"))
    assert job.state is JobState.BLOCKED
    with pytest.raises(GateError, match="The director has to say") as error:
        job_result(job)
    assert error.value.hint == "Say so."


def test_a_request_error_is_raised_by_job_result(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("wrong"))
    assert job.attempts == 1
    with pytest.raises(RequestError, match="No such take") as error:
        job_result(job)
    assert error.value.hint == "Choose another."


def test_an_unexpected_error_has_its_traceback_in_the_log(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("bug", name="seen"))
    with pytest.raises(EngineError, match="ZeroDivisionError") as error:
        job_result(job)
    assert "bug" in error.value.hint
    assert "Traceback" in shared_harness.log(job)
    assert "sample_kinds.py" in shared_harness.log(job)


def test_the_resource_usage_of_an_attempt_is_recorded(shared_harness: StudioHarness) -> None:
    (job,) = shared_harness.finish(request("empty", name="measured"))
    assert job.cpu_seconds is not None
    assert job.peak_memory
    assert job.peak_memory > os.sysconf("SC_PAGE_SIZE")
