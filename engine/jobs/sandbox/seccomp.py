"""seccomp: the Linux kernel refuses all sockets except Unix sockets."""

from __future__ import annotations

import errno
import platform
import socket
import struct
import sys

from engine.jobs.sandbox import syscalls

# For each machine: its AUDIT_ARCH value in linux/audit.h, and the numbers of socket() and socketpair().
_MACHINES = {"x86_64": (0xC000003E, 41, 53), "aarch64": (0xC00000B7, 198, 199)}
_IO_URING_SETUP = 425
_X32 = 0x4000_0000

# Offsets in struct seccomp_data. The family is the lower half of a little-endian 64-bit argument.
_NUMBER, _MACHINE, _FAMILY = 0, 4, 16
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW = 0x7FFF_0000
_REFUSE = 0x0005_0000


def available() -> bool:
    """Whether this kernel supports seccomp filters and the system call numbers of this machine are known."""
    return platform.machine() in _MACHINES and sys.maxsize > 1 << 32 and syscalls.supports_filters()


def refuse_sockets() -> None:
    """Refuses new sockets except Unix sockets in this thread and its children, if supported. Raises OSError."""
    if available():
        syscalls.install_filter(program(platform.machine()))


def program(machine: str) -> bytes:
    """The BPF filter for "x86_64" or "aarch64": EACCES for sockets, EPERM for calls that would bypass the filter."""
    audit, new_socket, new_pair = _MACHINES[machine]
    steps = [
        (_LOAD, 0, 0, _MACHINE),
        (_IF_EQUAL, 1, 0, audit),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),  # 32-bit programs use other system call numbers
        (_LOAD, 0, 0, _NUMBER),
        (_IF_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),  # and so does x32
        (_IF_EQUAL, 0, 1, _IO_URING_SETUP),
        (_RETURN, 0, 0, _REFUSE | errno.EPERM),  # io_uring opens sockets without a system call
        (_IF_EQUAL, 1, 0, new_socket),
        (_IF_EQUAL, 0, 3, new_pair),
        (_LOAD, 0, 0, _FAMILY),
        (_IF_EQUAL, 1, 0, socket.AF_UNIX),
        (_RETURN, 0, 0, _REFUSE | errno.EACCES),
        (_RETURN, 0, 0, _ALLOW),
    ]
    return b"".join(struct.pack("<HBBI", *step) for step in steps)
