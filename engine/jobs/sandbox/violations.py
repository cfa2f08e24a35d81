"""Explains errors caused by the sandbox."""

from __future__ import annotations

import errno
import os
import signal
import socket
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from engine.errors import EngineError
from engine.jobs.sandbox.policy import SandboxPolicy
from engine.jobs.sandbox.readable import common_paths
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
                if isinstance(name, (str, bytes)) and (refused := _refused(Path(os.fsdecode(name)), policy)):
                    return refused
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


def _refused(path: Path, policy: SandboxPolicy) -> EngineError | None:
    """The violation if only the sandbox can have refused access to a path: the file's permissions allow it.

    The error does not tell a reader from a writer: a path that exists and may not be read was refused to either.
    """
    place = _real(path)
    if _is_below(place, policy.writable):
        return None
    if os.path.lexists(place):
        if not os.access(place, os.R_OK):
            return None
        if not _is_below(place, (*policy.readable, *common_paths())):
            return EngineError(
                f"This job tried to open {path}, which it may neither read nor write.",
                "Nothing was read or changed there. If the job needs this file, its kind must declare it.",
            )
    elif not os.access(next(folder for folder in place.parents if os.path.lexists(folder)), os.X_OK):
        return None
    return EngineError(
        f"This job tried to write {path}, outside the studio.",
        "Nothing was changed there. Jobs write only in the studio; copy the result when it is done.",
    )


def _is_below(place: Path, folders: Iterable[Path]) -> bool:
    return any(place.is_relative_to(_real(folder)) for folder in folders)


def _real(path: Path) -> Path:
    # Unlike Path.resolve, this also handles circular links.
    return Path(os.path.realpath(path))
