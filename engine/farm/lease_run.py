"""A machine's run of one lease: claim, inputs, job, outputs, answer."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.catalog import Job, JobState
from engine.errors import Cancelled, EngineError, TransientError
from engine.farm.content_cache import ContentCache
from engine.farm.content_client import ContentClient
from engine.farm.content_connection import ContentRefused
from engine.farm.machines import whole_digest
from engine.farm.scratch import ScratchStudios, inside
from engine.farm.software import Identity
from engine.farm.work_order import OrderedFile, WorkAnswer, WorkOrder
from engine.file_digest import sha256_of
from engine.jobs import JobKind, log_path, tail
from engine.jobs.job_process import AttemptResult, kinds_of
from engine.jobs.worker_pool import RunningJob, WorkerPool
from engine.models import models_folder

_BEAT_S = 2.0
_POLL_S = 0.5
_TRY_AGAIN_S = 5.0
_ROOM_S, _ROOM_POLL_S = 8.0, 0.1
_LOG_LINES = 5

logger = logging.getLogger("engine.farm")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """What all runs of a machine share. `admit` returns whether it has room for an order; `release` gives that back."""

    client: ContentClient
    cache: ContentCache
    scratch: ScratchStudios
    job_kinds: str
    identity: Identity
    admit: Callable[[WorkOrder], bool]
    release: Callable[[str], None]


class LeaseRun:
    """One lease, on a thread of its own. `ended` is called on it with "done" or "failed"."""

    def __init__(self, lease_id: str, settings: RunSettings, ended: Callable[[LeaseRun, str], None]) -> None:
        self.lease_id = lease_id
        self.order: WorkOrder | None = None
        self._settings = settings
        self._ended = ended
        self._stopped = ""
        self._progress = (0, 0, "", "")
        self._over = threading.Event()
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        self._thread = threading.Thread(target=self._run, daemon=True, name=f"farm-lease-{lease_id[:8]}")

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self, reason: str) -> None:
        """End the job at once, and give the lease back. Any thread may call it."""
        self._stopped = self._stopped or reason
        with suppress(OSError):
            os.write(self._wake, b"\0")

    def join(self, timeout: float) -> None:
        """Wait for the end of the thread."""
        self._thread.join(timeout)

    def _is_stopped(self) -> bool:
        return bool(self._stopped)

    def _run(self) -> None:
        hint = "failed"
        try:
            hint = self._claim_and_run()
        except Exception:
            logger.exception("lease %s", self.lease_id[:8])
        finally:
            self._over.set()
            self._settings.release(self.lease_id)
            self._settings.cache.release(self.lease_id)
            self._ended(self, hint)
            os.close(self._woken)
            os.close(self._wake)

    def _claim_and_run(self) -> str:
        client = self._settings.client
        try:
            order = client.claim(self.lease_id)
        except (ContentRefused, TransientError) as error:
            logger.info("lease %s: %s", self.lease_id[:8], error.message)
            return "failed"
        if not self._finds_room(order):
            self._send(self._answer(order, "stopped", "it has no room for another job"), None)
            return "failed"
        self.order = order
        threading.Thread(target=self._beat, daemon=True, name="farm-beat").start()
        began = time.monotonic()
        folder: Path | None = None
        try:
            folder = self._settings.scratch.open(order)
            answer = self._kept(folder) or self._perform(order, folder, began)
        except Cancelled:
            answer = self._answer(order, "stopped", self._stopped)
        except (EngineError, OSError, ValueError) as error:
            # The host learns nothing about the folders of this machine.
            plain = error.strerror if isinstance(error, OSError) else None
            message = error.message if isinstance(error, EngineError) else plain or str(error)
            answer = self._answer(order, "stopped" if self._stopped else "failed", self._stopped or message)
        # The host may send the next job as soon as it has the answer.
        self._settings.release(order.lease)
        hint = self._send(answer, folder)
        if folder:
            # The host's footage stays in the cache only, encrypted.
            self._settings.scratch.remove_inputs(folder, order)
        return hint

    def _finds_room(self, order: WorkOrder) -> bool:
        """Whether there is room for an order, now or soon: the host may think that a job has ended which still ends."""
        until = time.monotonic() + _ROOM_S
        while not self._settings.admit(order):
            if self._stopped or time.monotonic() > until:
                return False
            self._over.wait(_ROOM_POLL_S)
        return True

    def _kept(self, folder: Path) -> WorkAnswer | None:
        kept = self._settings.scratch.kept(folder)
        return kept.model_copy(update={"lease": self.lease_id}) if kept else None

    # The job

    def _perform(self, order: WorkOrder, folder: Path, began: float) -> WorkAnswer:
        settings = self._settings
        kind = permitted_kind(order, folder, settings.job_kinds, settings.identity)
        settings.cache.place(settings.client, order, folder, cancelled=self._is_stopped)
        one = self._attempt(order, folder)
        ended = one.result or _crash(one, folder)
        if self._stopped and ended.status != "done":
            return self._answer(order, "stopped", self._stopped)
        if ended.status != "done":
            return self._answer(order, ended.status, (ended.error or {}).get("message", "the job failed"))
        assert kind.remote is not None
        parameters = kind.parameters.model_validate(order.parameters)
        outputs = kind.remote.outputs(parameters, ended.result or {})
        answer = WorkAnswer(
            lease=self.lease_id,
            status="done",
            result=ended.result,
            usage=ended.usage,
            files=tuple(_output(folder, path) for path in outputs),
            seconds=round(time.monotonic() - began, 3),
            device=settings.identity.device,
            identity=whole_digest(settings.identity),
        )
        settings.scratch.keep(folder, answer)
        return answer

    def _attempt(self, order: WorkOrder, folder: Path) -> RunningJob:
        pool = WorkerPool(folder, self._settings.job_kinds)
        pool.start(job_of(order), order.results)
        try:
            while True:
                pool.poll(self._woken, _POLL_S)
                if self._stopped:
                    pool.kill_all()
                for one in pool.running:
                    self._progress = one.progress or self._progress
                if ended := pool.reap():
                    return ended[0]
        finally:
            pool.kill_all()

    def _beat(self) -> None:
        while not self._over.wait(_BEAT_S):
            try:
                reply = self._settings.client.beat(self.lease_id, self._progress)
            except ContentRefused as error:
                self.stop(error.message)
            except (EngineError, OSError) as error:
                # The host may come back before the deadline, or later: it decides.
                logger.info("lease %s: %s", self.lease_id[:8], error)
            else:
                if reply.stop:
                    self.stop(reply.reason or "the host has ended the lease")

    # The answer

    def _send(self, answer: WorkAnswer, folder: Path | None) -> str:
        """Send the outputs and the answer until the host takes or refuses them. A refused answer is kept for a day."""
        while True:
            try:
                send_answer(self._settings.client, answer, folder)
            except ContentRefused as error:
                logger.info("lease %s: %s", self.lease_id[:8], error.message)
                return "failed"
            except TransientError as error:
                logger.info("lease %s: %s", self.lease_id[:8], error.message)
                if self._stopped or self._over.wait(_TRY_AGAIN_S):
                    return "failed"
            else:
                if folder and answer.status == "done":
                    self._settings.scratch.remove(folder)
                return "done" if answer.status == "done" else "failed"

    def _answer(self, order: WorkOrder, status: Any, message: str) -> WorkAnswer:
        return WorkAnswer(
            lease=order.lease,
            status=status,
            error={"message": message, "hint": ""},
            device=self._settings.identity.device,
            identity=whole_digest(self._settings.identity),
        )


def send_answer(client: ContentClient, answer: WorkAnswer, folder: Path | None) -> None:
    """Send the outputs of an answer, then the answer. Raises ContentRefused, TransientError."""
    for one in answer.files:
        assert folder is not None
        client.send(answer.lease, inside(folder, Path(one.path)), one.sha256)
    client.answer(answer)


def permitted_kind(order: WorkOrder, studio: Path, job_kinds: str, identity: Identity) -> JobKind[Any]:
    """Return the kind of an order, if this machine may run it. Raises EngineError.

    A host is not trusted with this machine's files: the job must read and write nothing outside its folder, apart from
    the models.
    """
    kind = kinds_of(job_kinds, studio).get(order.kind)
    if kind is None or kind.remote is None or kind.version != order.kind_version:
        raise EngineError(f"it has no {order.kind} of version {order.kind_version}", "Install the host's version.")
    if order.identity and not identity.satisfies(order.identity):
        raise EngineError("its software or its device is not that which the job needs", "")
    parameters = kind.parameters.model_validate(order.parameters)
    # A path of the host that does not exist here harms nobody, unless the job would make it. Each job reads the models.
    named = [*kind.writes(parameters), *(path for path in kind.reads(parameters) if path.exists())]
    allowed = (studio.resolve(), models_folder().resolve())
    outside = [path for path in named if not any(path.resolve().is_relative_to(folder) for folder in allowed)]
    if outside or kind.needs.network:
        raise EngineError(f"the job wants {outside[0] if outside else 'the network'} of this machine", "")
    return kind


def job_of(order: WorkOrder) -> Job:
    """Return the job of an order, as the worker pool starts it."""
    return Job(
        id=order.job_id,
        project_id=None,
        kind=order.kind,
        title=order.title,
        parameters=order.parameters,
        state=JobState.RUNNING,
        cpu=order.cpu,
        memory=order.memory,
        gpu=order.gpu,
        attempts=order.attempt,
        created_at=datetime.now(UTC),
    )


def _output(folder: Path, path: Path) -> OrderedFile:
    place = inside(folder, path)
    return OrderedFile(path=path.as_posix(), sha256=sha256_of(place), size=place.stat().st_size)


def _crash(one: RunningJob, folder: Path) -> AttemptResult:
    if one.killed_for == "memory":
        message = "the job exceeded its memory"
    else:
        words = " ".join(tail(log_path(folder, one.job.id), _LOG_LINES))
        message = f"the job's process ended with code {one.exit_code}: {words}"
    return AttemptResult("failed", error={"message": message})
