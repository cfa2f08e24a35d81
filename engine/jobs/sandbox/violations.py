"""Explains errors caused by the sandbox."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.sandbox.policy import SandboxPolicy
from engine.units import format_bytes

# Landlock fails with EACCES, or EXDEV for a rename out of a writable folder; Seatbelt with EPERM.
_FILE_ERRORS = (errno.EPERM,) if sys.platform == "darwin" else (errno.EACCES, errno.EXDEV)
_SOCKET_ERRORS = (errno.EPERM, errno.EACCES)


def violation(error: BaseException, policy: SandboxPolicy) -> EngineError | None:
    """The sandbox violation that caused this error, directly or through its causes; None if there is none."""
    for cause in _causes(error):
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
            return _over_memory(policy)
        if not isinstance(cause, OSError):
            continue
        if not policy.network and _from_a_socket(cause):
            return EngineError(
                "This job tried to open a network connection, which its kind does not declare.",
                "Nothing was sent. If the job needs the network, its kind must declare it.",
            )
        if cause.errno in _FILE_ERRORS:
            for name in (cause.filename, cause.filename2):
                if isinstance(name, (str, bytes)) and _is_blocked(Path(os.fsdecode(name)), policy):
                    return EngineError(
                        f"This job tried to write {os.fsdecode(name)}, outside the studio.",
                        "Nothing was changed there. Jobs write only in the studio; copy the result when it is done.",
                    )
    return None


def limit_exceeded(exit_code: int, policy: SandboxPolicy) -> EngineError | None:
    """The limit that ended a job's process with this exit code (negative for a signal); None if there is none."""
    if exit_code == -signal.SIGXCPU and policy.cpu_seconds is not None:
        return EngineError(
            f"This job used up its {policy.cpu_seconds} seconds of processor time and was stopped.",
            "Retry with a shorter take, or raise the limit of its kind.",
        )
    return None


def _over_memory(policy: SandboxPolicy) -> EngineError:
    if policy.memory is None:
        return EngineError("This job ran out of memory.", "Close other programs, then retry.")
    return EngineError(
        f"This job exceeded its limit of {format_bytes(policy.memory)} of memory.",
        "Retry with a shorter take or a smaller size, or raise the limit of its kind.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, the members of its group, and its causes and contexts, without duplicates."""
    waiting: list[BaseException | None] = [error]
    seen: set[int] = set()
    while waiting:
        cause = waiting.pop(0)
        if cause is None or id(cause) in seen:
            continue
        seen.add(id(cause))
        yield cause
        grouped = cause.exceptions if isinstance(cause, BaseExceptionGroup) else ()
        waiting += [*grouped, cause.__cause__, cause.__context__]


def _from_a_socket(error: OSError) -> bool:
    # Name resolution needs a socket; without one, it reports an unknown name.
    if isinstance(error, socket.gaierror):
        return True
    if error.errno not in _SOCKET_ERRORS or error.filename is not None:
        return False
    step = error.__traceback__
    while step:
        if step.tb_frame.f_code.co_filename == socket.__file__:
            return True
        step = step.tb_next
    return False


def _is_blocked(path: Path, policy: SandboxPolicy) -> bool:
    """Whether only the sandbox can have refused access: the path is not writable by policy, but readable or missing.

    The sandbox never refuses reads. So if access to a readable or missing path was refused, it was a write.
    """
    place = _real(path)
    if any(place.is_relative_to(_real(folder)) for folder in policy.writable):
        return False
    if os.path.lexists(place):
        return os.access(place, os.R_OK)
    nearest = next(folder for folder in place.parents if os.path.lexists(folder))
    return os.access(nearest, os.X_OK)


def _real(path: Path) -> Path:
    # Unlike Path.resolve, this also handles circular links.
    return Path(os.path.realpath(path))
