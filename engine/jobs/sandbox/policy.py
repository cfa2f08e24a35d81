"""The sandbox policy of a job, and the call that enforces it."""

from __future__ import annotations

import errno
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.sandbox import limits
from engine.jobs.sandbox.readable import common_paths


@dataclass(frozen=True, slots=True)
class SandboxPolicy:
    """The permissions of a job beyond computing.

    Below each `writable` folder, it may read, create, change, rename and remove files; it may read and change a
    `writable` file. It may read `readable` files, and all below `readable` folders, besides `common_paths`. Without
    `network` it can open only Unix sockets. `memory` is in bytes, `cpu_seconds` in seconds of processor time; None
    means unlimited.
    """

    writable: tuple[Path, ...]
    readable: tuple[Path, ...]
    network: bool
    memory: int | None
    cpu_seconds: int | None


def confine(policy: SandboxPolicy) -> None:
    """Applies the policy to this process and all children it starts from now on. It cannot be reverted.

    Call it once, before any thread starts: on Linux the restrictions are per thread, and a running thread would not be
    restricted. Restrictions that this kernel does not support are skipped; `run_self_test` reports them. If the default
    temporary folder is not writable, set TMPDIR to one that is first. Raises EngineError if a writable path does not
    exist or a restriction fails, RuntimeError (Linux) if other threads run.
    """
    readable = (*policy.readable, *common_paths())
    for path in policy.writable:
        if not path.exists():
            raise EngineError(f"The output folder {path} does not exist.", "Create the folder, then start the job.")
    try:
        limits.apply(policy.memory, policy.cpu_seconds)
        _enforce(policy, readable)
    except OSError as error:
        reason = f"{errno.errorcode.get(error.errno or 0, '?')}: {error.strerror}"
        raise EngineError(
            f"The sandbox of this job could not be set up ({reason}).",
            "Run `cwtui doctor` to see which restrictions this machine can enforce.",
        ) from error


def _enforce(policy: SandboxPolicy, readable: tuple[Path, ...]) -> None:
    if sys.platform == "darwin":
        from engine.jobs.sandbox import seatbelt

        seatbelt.restrict(policy.writable, readable, policy.network)
    elif sys.platform == "linux":
        from engine.jobs.sandbox import landlock, seccomp, syscalls

        if len(list(Path("/proc/self/task").iterdir())) > 1:
            raise RuntimeError("confine() must be called before any thread starts: running threads are not restricted.")
        syscalls.drop_privileges()
        landlock.restrict(policy.writable, readable, policy.network)
        if not policy.network:
            seccomp.refuse_sockets()
