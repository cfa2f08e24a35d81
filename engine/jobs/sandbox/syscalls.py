"""The calls into the Linux kernel that Python has no names for."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2


def syscall(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """The system call of this number: its result. Raises OSError."""
    # Widened by hand: syscall() takes any number of arguments, and ctypes would pass an int as 32 bits.
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *wide))


def buffer(content: bytes) -> ctypes.Array[ctypes.c_char]:
    """Bytes for the kernel to read."""
    return ctypes.create_string_buffer(content, len(content))


def drop_privileges() -> None:
    """From now on no program started here gains rights by set-uid; without it only root may build walls."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def supports_filters() -> bool:
    """Whether this kernel was built with seccomp filters: then it looks for one where there is none."""
    try:
        _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


def install_filter(program: bytes) -> None:
    """Sends every system call of this thread and its children through a seccomp program. Raises OSError."""
    code = buffer(program)
    counted = buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(counted))


def _prctl(option: int, *arguments: int) -> None:
    # prctl refuses unless the arguments it does not use are zero.
    wide = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc().prctl(ctypes.c_int(option), *wide))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
