"""What went wrong at a wall, in plain words."""

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

# Landlock says EACCES, or EXDEV for a rename out of a writable folder; Seatbelt says EPERM.
_FILE_ERRORS = (errno.EPERM,) if sys.platform == "darwin" else (errno.EACCES, errno.EXDEV)
_SOCKET_ERRORS = (errno.EPERM, errno.EACCES)


def violation(error: BaseException, policy: SandboxPolicy) -> EngineError | None:
    """The wall that an error comes from, or that any error behind it comes from; None where it is something else."""
    for cause in _causes(error):
        if isinstance(cause, MemoryError) or (isinstance(cause, OSError) and cause.errno == errno.ENOMEM):
            return _over_memory(policy)
        if not isinstance(cause, OSError):
            continue
        if not policy.network and _from_a_socket(cause):
            return EngineError(
                "This job tried to open a network connection, which its kind does not declare.",
                "Nothing was sent. If the work needs the network, its kind has to say so.",
            )
        if cause.errno in _FILE_ERRORS:
            for name in (cause.filename, cause.filename2):
                if isinstance(name, (str, bytes)) and _is_blocked(Path(os.fsdecode(name)), policy):
                    return EngineError(
                        f"This job tried to write {os.fsdecode(name)}, outside the studio.",
                        "Nothing was changed there. Jobs write in the studio; copy the result out when it is done.",
                    )
    return None


def limit_exceeded(exit_code: int, policy: SandboxPolicy) -> EngineError | None:
    """The wall that ended a job's process, by its exit code (a signal negative); None where it was something else."""
    if exit_code == -signal.SIGXCPU and policy.cpu_seconds is not None:
        return EngineError(
            f"This job used up its {policy.cpu_seconds} seconds of processor time and was stopped.",
            "Run it again on a shorter take, or give its kind more time.",
        )
    return None


def _over_memory(policy: SandboxPolicy) -> EngineError:
    if policy.memory is None:
        return EngineError("This job ran out of memory.", "Close other programs and run it again.")
    return EngineError(
        f"This job wanted more than the {policy.memory / 1e9:.1f} GB of memory it has.",
        "Run it again on a shorter take or at a smaller size, or give its kind more memory.",
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error, those it was grouped of, and those it was raised from or during, each once."""
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
    # A name is looked up over a socket: where there is none, the answer is that there is no such name.
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
    """Whether only the walls can have refused this: outside of them, and nothing that file modes keep from reading.

    Walls never refuse to read. So whoever was refused a path that is readable, or not there, wanted to change it.
    """
    place = _real(path)
    if any(place.is_relative_to(_real(folder)) for folder in policy.writable):
        return False
    if os.path.lexists(place):
        return os.access(place, os.R_OK)
    nearest = next(folder for folder in place.parents if os.path.lexists(folder))
    return os.access(nearest, os.X_OK)


def _real(path: Path) -> Path:
    # Unlike Path.resolve, this also comes back from links in circles.
    return Path(os.path.realpath(path))
