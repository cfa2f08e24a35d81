"""Linux system calls without a Python wrapper."""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_PR_SET_NO_NEW_PRIVS = 38
_PR_SET_SECCOMP = 22
_SECCOMP_MODE_FILTER = 2
_CAPABILITY_VERSION = 0x20080522
_INSPECTING = (19, 21, 38)  # CAP_SYS_PTRACE, CAP_SYS_ADMIN, CAP_PERFMON


def syscall(number: int, *arguments: int | ctypes.Array[ctypes.c_char] | None) -> int:
    """Makes a system call and returns its result. Raises OSError."""
    # syscall() is variadic, and ctypes would pass an int as 32 bits.
    wide = [ctypes.c_long(argument) if isinstance(argument, int) else argument for argument in arguments]
    return _checked(_libc().syscall(ctypes.c_long(number), *wide))


def buffer(content: bytes) -> ctypes.Array[ctypes.c_char]:
    """A C buffer with these bytes."""
    return ctypes.create_string_buffer(content, len(content))


def drop_privileges() -> None:
    """Sets no_new_privs: set-uid programs gain no rights. Without it, only root may use Landlock and seccomp.

    A job of root loses the rights with which it could read the memory and the environment of other processes, which
    Landlock cannot refuse.
    """
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    header, rights = buffer(struct.pack("=Ii", _CAPABILITY_VERSION, 0)), buffer(bytes(24))
    _checked(_libc().capget(header, rights))
    kept = list(struct.unpack("=6I", rights.raw))
    for number in _INSPECTING:
        # Each half has 32 effective, 32 permitted and 32 inheritable capabilities.
        for kind in range(3):
            kept[number // 32 * 3 + kind] &= ~(1 << number % 32)
    _checked(_libc().capset(header, buffer(struct.pack("=6I", *kept))))


def supports_filters() -> bool:
    """Whether the kernel has seccomp filters: it then fails with EFAULT for a filter at address 0."""
    try:
        _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER)
    except OSError as error:
        return error.errno == errno.EFAULT
    return False


def install_filter(program: bytes) -> None:
    """Filters all system calls of this thread and its children with a seccomp program. Raises OSError."""
    code = buffer(program)
    counted = buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.addressof(counted))


def _prctl(option: int, *arguments: int) -> None:
    # prctl requires unused arguments to be zero.
    wide = [ctypes.c_ulong(argument) for argument in (*arguments, 0, 0, 0, 0)[:4]]
    _checked(_libc().prctl(ctypes.c_int(option), *wide))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
