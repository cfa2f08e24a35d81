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

from .sample_kinds import step
from .studio_harness import StudioHarness


class Listener:
    """A local TCP server that sends "hello" and counts connections."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self.guests = 0
        threading.Thread(target=self._greet, daemon=True).start()

    def _greet(self) -> None:
        while True:
            try:
                line, _ = self._socket.accept()
            except OSError:
                return
            with line:
                self.guests += 1
                line.sendall(b"hello")

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    yield listener
    listener.close()


def test_a_job_has_no_network_unless_its_kind_says_so(house: StudioHarness, listener: Listener) -> None:
    refused, allowed = house.finish(step("reach", amount=listener.port), step("reach-allowed", amount=listener.port))
    assert refused.state is JobState.FAILED
    with pytest.raises(EngineError, match="tried to open a network connection"):
        job_result(refused)
    assert job_result(allowed) == {"heard": "hello"}
    assert listener.guests == 1


def test_a_job_writes_in_the_studio_and_where_it_was_asked_to(house: StudioHarness, tmp_path: Path) -> None:
    (tmp_path / "shut").mkdir()
    outside, invited, within = tmp_path / "shut" / "out", tmp_path / "open" / "in", house.studio / "within"
    jobs = house.finish(step("intrude", path=outside), step("invited", path=invited), step("intrude", path=within))
    with pytest.raises(EngineError, match="outside the studio") as refusal:
        job_result(jobs[0])
    assert str(outside) in refusal.value.message
    assert not outside.exists()
    assert [job.state for job in jobs[1:]] == [JobState.DONE] * 2
    assert invited.read_text() == within.read_text() == "was here"


def test_each_attempt_has_an_empty_temporary_folder_of_its_own(house: StudioHarness) -> None:
    (broken,) = house.finish(step("scratch", name="mine", amount=0))
    assert (house.folder(broken) / "tmp" / "left over").exists()
    house.desk.retry(broken)
    assert "ZeroDivisionError" in house.log(house.end_of(broken))

    (mended,) = house.finish(step("scratch", name="mine", amount=1))
    told = job_result(mended)
    assert told["found"] == []
    assert Path(told["place"]).is_relative_to(house.folder(mended))
    assert not Path(told["place"]).exists()


def test_a_question_to_the_director_blocks_the_job(house: StudioHarness) -> None:
    (job,) = house.finish(step("gated"))
    assert job.state is JobState.BLOCKED
    with pytest.raises(GateError, match="The director has to say") as question:
        job_result(job)
    assert question.value.hint == "Say so."


def test_a_wrong_request_is_raised_where_the_outcome_is_asked_for(house: StudioHarness) -> None:
    (job,) = house.finish(step("wrong"))
    assert job.attempts == 1
    with pytest.raises(RequestError, match="No such take") as error:
        job_result(job)
    assert error.value.hint == "Choose another."


def test_a_bug_leaves_its_traceback_in_the_log(house: StudioHarness) -> None:
    (job,) = house.finish(step("bug", name="seen"))
    with pytest.raises(EngineError, match="ZeroDivisionError") as error:
        job_result(job)
    assert "bug" in error.value.hint
    assert "Traceback" in house.log(job)
    assert "sample_kinds.py" in house.log(job)


def test_what_an_attempt_took_is_written_down(house: StudioHarness) -> None:
    (job,) = house.finish(step("empty", name="measured"))
    assert job.cpu_seconds is not None
    assert job.peak_memory
    assert job.peak_memory > os.sysconf("SC_PAGE_SIZE")
