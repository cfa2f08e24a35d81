"""What a job may do, and the one call that makes it so."""

from __future__ import annotations

import errno
import sys
from dataclasses import dataclass
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.sandbox import limits


@dataclass(frozen=True, slots=True)
class SandboxPolicy:
    """What a job may do beyond reading and computing.

    Below each of the `writable` folders it may create, change, rename and remove; a `writable` file it may
    change. Without `network` it has no socket but Unix ones. `memory` is in bytes, `cpu_seconds` are seconds
    of processor time; None leaves either open.
    """

    writable: tuple[Path, ...]
    network: bool
    memory: int | None
    cpu_seconds: int | None


def confine(policy: SandboxPolicy) -> None:
    """Puts the walls around this process and every child it starts from now on; nothing takes them down again.

    To be called once, before any thread starts: on Linux the walls are a thread's own, and one that runs
    already would stay outside. What this machine's kernel cannot enforce is left out; `examine` says what that
    is. Where the default folder for temporary files is not writable, name one that is in TMPDIR first.
    Raises EngineError where a writable path is not there, RuntimeError where other threads run.
    """
    for path in policy.writable:
        if not path.exists():
            raise EngineError(f"There is no {path} for this job to write in.", "Make the folder, then start the job.")
    try:
        limits.apply(policy.memory, policy.cpu_seconds)
        _enforce(policy)
    except OSError as error:
        reason = f"{errno.errorcode.get(error.errno or 0, '?')}: {error.strerror}"
        raise EngineError(
            f"The walls around this job could not be put up ({reason}).",
            "Run `cwtui doctor` to see what this machine can enforce.",
        ) from error


def _enforce(policy: SandboxPolicy) -> None:
    if sys.platform == "darwin":
        from engine.jobs.sandbox import seatbelt

        seatbelt.restrict(policy.writable, policy.network)
    elif sys.platform == "linux":
        from engine.jobs.sandbox import landlock, seccomp, syscalls

        if len(list(Path("/proc/self/task").iterdir())) > 1:
            raise RuntimeError("confine() comes before the first thread: one that runs already would stay outside.")
        syscalls.drop_privileges()
        landlock.restrict(policy.writable, policy.network)
        if not policy.network:
            seccomp.refuse_sockets()
