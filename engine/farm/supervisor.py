"""The supervisor of a machine that has joined: runs leases of its host within its owner's limits."""

from __future__ import annotations

import logging
import os
import platform
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.catalog import Job
from engine.errors import EngineError, RequestError, TransientError
from engine.farm.caps import Caps, is_paused, load_caps
from engine.farm.confined_child import start_child
from engine.farm.content_cache import ContentCache
from engine.farm.content_client import ContentClient
from engine.farm.content_connection import ContentRefused
from engine.farm.dask_credentials import DaskCredentials
from engine.farm.heat import Heat, read_heat, reason_too_hot
from engine.farm.json_lines import LineChannel
from engine.farm.lease_run import LeaseRun, RunSettings, job_of, send_answer
from engine.farm.machine_facts import MachineFacts
from engine.farm.owner import is_on_power, reason_to_pause, seconds_idle
from engine.farm.scratch import ScratchStudios
from engine.farm.software import Identity
from engine.farm.work_order import WorkOrder
from engine.jobs import Scheduler, SleepInhibitor
from engine.jobs.job_process import kinds_of
from engine.jobs.worker_pool import WorkerPool

_LOOK_S = 0.25
_REPORT_S = 2.0
_MEASURE_S = 2.0
# Facts that are only shown are measured less often than the owner's limits: macOS needs a process for them.
_SHOW_S = 20.0
_AGENT_PAUSE_S = 1.0
_STOP_S = 10.0
_AGENT = "engine.farm.dask_agent"

logger = logging.getLogger("engine.farm")


@dataclass(frozen=True, slots=True)
class SupervisorPlan:
    """What a machine works for.

    `folder` is its state folder for this host; `machine` its name in the certificates. `address` and `port` are those
    of the host's Dask scheduler. `job_kinds` is module:function, as for a studio process. The limits are read from
    `folder`, see `engine.farm.caps`.
    """

    folder: Path
    machine: str
    address: str
    port: int
    dask: DaskCredentials
    job_kinds: str
    identity: Identity
    encoders: tuple[str, ...] = ()


class Supervisor:
    """Runs leases until `stop` is called or the host revokes the machine.

    `renew` gets new certificates and writes them to their files; it is called when the host asks for it. `observer`
    gets what the machine reports, for its own screen.
    """

    def __init__(
        self,
        plan: SupervisorPlan,
        client: ContentClient,
        cache: ContentCache,
        renew: Callable[[], None],
        observer: Callable[[MachineFacts], None] = lambda facts: None,
    ) -> None:
        self._plan = plan
        self._client, self._cache = client, cache
        self._renew, self._observer = renew, observer
        self._scratch = ScratchStudios(plan.folder / "studio")
        self._lock = threading.RLock()
        self._runs: dict[str, LeaseRun] = {}
        self._calls: dict[str, list[int]] = {}
        self._admitted: dict[str, Job] = {}
        self._caps, self._paused, self._hot = Caps(), "", ""
        self._kinds: tuple[str, ...] = ()
        self._agent: subprocess.Popen[bytes] | None = None
        self._channel: LineChannel | None = None
        self._agent_at = 0.0
        self._measured_at = self._shown_at = -_SHOW_S
        self._idle: float | None = None
        self._heat = Heat()
        self._on_power = True
        self._renewed = False
        self._ending = ""
        self._woken, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        os.set_blocking(self._woken, False)

    def run(self) -> str:
        """Run in this thread. Return why it ended: `stopped` or `revoked`."""
        self._caps = load_caps(self._plan.folder)
        limit_cores(self._cores())
        self._scratch.prepare()
        WorkerPool(self._plan.folder, self._plan.job_kinds).warm_up(lambda: not self._ending)
        self._kinds = self._remote_kinds()
        self._send_kept_answers()
        reporter = threading.Thread(target=self._report_until_end, daemon=True, name="farm-report")
        reporter.start()
        sleep = SleepInhibitor()
        try:
            while not self._ending:
                self._look()
                sleep.set_active(bool(self._runs))
                self._wait(_LOOK_S)
        finally:
            sleep.set_active(False)
            self._stop_runs("the machine has left")
            self._end_agent()
        return self._ending

    def stop(self) -> None:
        """End running jobs, give their leases back, and return from `run`. Async-signal-safe."""
        self._end("stopped")

    def _end(self, why: str) -> None:
        self._ending = self._ending or why
        os.write(self._wake, b"\0")

    def _wait(self, seconds: float) -> None:
        select.select([self._woken], [], [], seconds)
        with suppress(BlockingIOError):
            os.read(self._woken, 512)

    # The owner's limits

    def _look(self) -> None:
        with suppress(RequestError):  # half an edit of its owner: the limits stay
            self._caps = load_caps(self._plan.folder)
        caps, now = self._caps, time.monotonic()
        if now - self._measured_at > _MEASURE_S:
            self._measured_at = now
            self._measure(caps, now)
        paused = reason_to_pause(caps, is_paused(self._plan.folder), datetime.now(), self._idle, self._on_power)
        hot = reason_too_hot(self._heat, caps.max_celsius, self._hot)
        begins, changed = bool(paused and not self._paused), (paused, hot) != (self._paused, self._hot)
        self._paused, self._hot = paused, hot
        if begins:
            logger.info("paused: %s", paused)
            self._stop_runs(paused)
        if changed:
            self._report()
        runs = self._agent is not None and self._agent.poll() is None
        if self._renewed or not (runs and self._channel and self._channel.is_open):
            # It reads its certificate when it starts.
            self._renewed = False
            self._start_agent()

    def _measure(self, caps: Caps, now: float) -> None:
        shown = now - self._shown_at > _SHOW_S
        if shown:
            self._shown_at = now
        if shown or caps.idle_minutes is not None:
            self._idle = seconds_idle()
        if shown or caps.max_celsius is not None:
            self._heat = read_heat()
        self._on_power = is_on_power() if caps.only_on_power else True

    def _stop_runs(self, reason: str) -> None:
        with self._lock:
            runs = list(self._runs.values())
        for run in runs:
            run.stop(reason)
        until = time.monotonic() + _STOP_S
        for run in runs:
            run.join(max(0.0, until - time.monotonic()))

    @property
    def _refuses(self) -> bool:
        """Whether it takes no more jobs. Those that run go on while it is hot."""
        return bool(self._paused or self._hot or self._ending)

    def _cores(self) -> int:
        count = os.cpu_count() or 1
        return min(self._caps.cores or max(1, count - 1), count)

    def _resources(self) -> Scheduler:
        import psutil

        memory = int(psutil.virtual_memory().total * self._caps.memory_share)
        return Scheduler(self._cores(), memory, int(bool(self._gpu())))

    def _gpu(self) -> str:
        return self._plan.identity.device if self._caps.gpu else ""

    def _admit(self, order: WorkOrder) -> bool:
        """Whether an order fits beside the others. The host counts too, but it is not trusted with this machine."""
        job = job_of(order)
        with self._lock:
            if self._refuses or not self._resources().select([job], self._admitted.values()):
                return False
            self._admitted[order.lease] = job
            return True

    def _release(self, lease_id: str) -> None:
        with self._lock:
            self._admitted.pop(lease_id, None)

    # The agent

    def _start_agent(self) -> None:
        if time.monotonic() - self._agent_at < _AGENT_PAUSE_S:
            return
        self._end_agent()
        self._agent_at = time.monotonic()
        plan = self._plan
        settings = {
            "address": plan.address,
            "port": plan.port,
            "machine": plan.machine,
            "certificate": str(plan.dask.certificate),
            "key": str(plan.dask.key),
            "authority": str(plan.dask.authority),
        }
        self._agent, end = start_child(_AGENT, plan.folder / "agent", settings)
        self._channel = LineChannel(end, self._called, lambda: None)

    def _end_agent(self) -> None:
        agent, channel = self._agent, self._channel
        self._agent = self._channel = None
        with self._lock:
            self._calls.clear()
        if agent:
            agent.kill()
            agent.wait()
        if channel:
            channel.close()

    def _called(self, message: dict[str, Any]) -> None:
        """The agent has got a lease. Several calls for one lease run it once."""
        lease, call = message.get("lease"), message.get("call")
        if not isinstance(lease, str) or not isinstance(call, int):
            return
        with self._lock:
            if self._refuses:
                self._answer_call(call, "failed")
                return
            self._calls.setdefault(lease, []).append(call)
            if lease in self._runs:
                return
            settings = RunSettings(
                self._client, self._cache, self._scratch, self._plan.job_kinds, self._plan.identity,
                self._admit, self._release,
            )  # fmt: skip
            run = self._runs[lease] = LeaseRun(lease, settings, self._run_ended)
            run.start()

    def _run_ended(self, run: LeaseRun, hint: str) -> None:
        with self._lock:
            self._runs.pop(run.lease_id, None)
            calls = self._calls.pop(run.lease_id, [])
        for call in calls:
            self._answer_call(call, hint)

    def _answer_call(self, call: int, hint: str) -> None:
        if channel := self._channel:
            channel.send({"call": call, "hint": hint})

    # The host

    def _report_until_end(self) -> None:
        while not self._ending:
            self._report()
            time.sleep(_REPORT_S)

    def _report(self) -> None:
        facts = self._facts()
        self._observer(facts)
        try:
            status = self._client.report(facts)
        except ContentRefused as error:
            logger.warning("%s", error.message)
            if error.code == "revoked":
                self._end("revoked")
            return
        except (EngineError, OSError) as error:
            logger.info("the host cannot be reached: %s", error)
            return
        if status.state == "revoked":
            self._end("revoked")
        elif status.renew:
            self._renew()
            self._renewed = True

    def _facts(self) -> MachineFacts:
        resources = self._resources()
        with self._lock:
            running = sorted(self._admitted)
        paused = self._paused or self._hot
        state = "paused" if paused else "working" if running else "ready"
        return MachineFacts(
            platform=f"{platform.system()} {platform.machine()}",
            cores=resources.cpu,
            memory=resources.memory,
            gpu=self._gpu(),
            encoders=self._plan.encoders,
            identity=self._plan.identity,
            kinds=self._kinds,
            state=state,
            paused=paused,
            lease=running[0] if running else None,
            load=os.getloadavg()[0],
            temperature=self._heat.celsius,
            pressure=self._heat.pressure,
            idle=None if self._idle is None else round(self._idle),
            cache_bytes=self._cache.size,
        )

    def _remote_kinds(self) -> tuple[str, ...]:
        kinds = kinds_of(self._plan.job_kinds, self._plan.folder / "kinds")
        return tuple(sorted(name for name, kind in kinds.items() if kind.remote and not kind.needs.network))

    def _send_kept_answers(self) -> None:
        """Offer what was finished before the last end of this process; the host takes it if the lease is open."""
        for folder, answer in self._scratch.all_kept():
            try:
                send_answer(self._client, answer, folder)
            except (ContentRefused, TransientError) as error:
                logger.info("kept answer of lease %s: %s", answer.lease[:8], error.message)
            else:
                self._scratch.remove(folder)


def limit_cores(cores: int) -> None:
    """Limit this process and its children to so many cores. Only Linux can; libraries count their threads by it."""
    if sys.platform == "linux":
        usable = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, usable[-cores:])
    os.environ["OMP_NUM_THREADS"] = str(cores)
