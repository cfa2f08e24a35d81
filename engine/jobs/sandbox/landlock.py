"""Landlock: the Linux kernel refuses reads and writes outside the given folders.

Device access is restricted to a list of devices. Landlock has no rights for, and so does not refuse, reading the names,
sizes and times of files whose path is known, and changing the mode, owner, times and extended attributes of own files.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
import sys
from pathlib import Path

from engine.jobs.sandbox import syscalls

assert sys.platform == "linux"

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION = 1
_PATH_BENEATH = 1

_EXECUTE = 1 << 0
_WRITE_FILE = 1 << 1
_READ_FILE = 1 << 2
_READ_DIR = 1 << 3
_REMOVE_DIR = 1 << 4
_REMOVE_FILE = 1 << 5
_MAKE_CHAR = 1 << 6
_MAKE_DIR = 1 << 7
_MAKE_REG = 1 << 8
_MAKE_SOCK = 1 << 9
_MAKE_FIFO = 1 << 10
_MAKE_BLOCK = 1 << 11
_MAKE_SYM = 1 << 12
_REFER = 1 << 13  # ABI 2: renaming and linking from one folder into another
_TRUNCATE = 1 << 14  # ABI 3
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1  # ABI 4
_SCOPE_ABSTRACT_UNIX_SOCKET, _SCOPE_SIGNAL = 1 << 0, 1 << 1  # ABI 6

_READ = _READ_FILE | _READ_DIR
_CHANGE = _WRITE_FILE | _TRUNCATE
# Jobs must not create device nodes, even in writable folders.
_MAKE = _MAKE_DIR | _MAKE_REG | _MAKE_SOCK | _MAKE_FIFO | _MAKE_SYM
_OWN = _READ | _CHANGE | _REMOVE_DIR | _REMOVE_FILE | _MAKE | _REFER
_HANDLED = _OWN | _EXECUTE | _MAKE_CHAR | _MAKE_BLOCK

_DEVICES = ("dri", "full", "kfd", "null", "ptmx", "pts", "random", "tty", "urandom", "zero")
_SYSTEM = (
    *((Path("/dev") / name, _READ | _CHANGE) for name in _DEVICES),
    (Path("/dev/shm"), _READ | _CHANGE | _MAKE_REG | _REMOVE_FILE),  # POSIX shared memory and semaphores
    (Path("/proc/self/task"), _READ | _CHANGE),  # NVIDIA's driver names its threads there, and fails if it cannot
)


def abi() -> int:
    """The Landlock ABI version of this kernel; 0 if it has none or access is denied."""
    try:
        return syscalls.syscall(_CREATE_RULESET, None, 0, _VERSION)
    except OSError as error:
        if error.errno in (errno.ENOSYS, errno.EOPNOTSUPP, errno.EPERM):
            return 0
        raise


def restrict(writable: tuple[Path, ...], readable: tuple[Path, ...], network: bool) -> None:
    """Restricts files (any ABI), TCP (from ABI 4) and signals (from ABI 6) of this thread and its children.

    Below `readable` paths, which may be missing, it may read files and run programs; below `writable` ones, read and
    change files.

    Before ABI 2 the kernel refuses every rename between folders; before ABI 3 it cannot refuse truncation.
    Raises OSError.
    """
    version = abi()
    if not version:
        return
    handled = _HANDLED & ~(_REFER if version < 2 else 0) & ~(_TRUNCATE if version < 3 else 0)
    attributes = struct.pack("=Q", handled)
    if version >= 4:
        # Also applies to inherited sockets; seccomp is checked only when a socket is created.
        attributes += struct.pack("=Q", 0 if network else _BIND_TCP | _CONNECT_TCP)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPE_ABSTRACT_UNIX_SOCKET | _SCOPE_SIGNAL)
    ruleset = syscalls.syscall(_CREATE_RULESET, syscalls.buffer(attributes), len(attributes), 0)
    try:
        for path, rights in (*_SYSTEM, *((path, _READ | _CHANGE) for path in Path("/dev").glob("nvidia*"))):
            if path.exists():
                _allow(ruleset, path, rights & handled)
        for path in readable:
            if path.exists():
                _allow(ruleset, path, _READ | _EXECUTE)
        for path in writable:
            _allow(ruleset, path, _OWN & handled)
        syscalls.syscall(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        if not stat.S_ISDIR(os.fstat(place).st_mode):
            rights &= _CHANGE | _READ_FILE | _EXECUTE
        syscalls.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, syscalls.buffer(struct.pack("=Qi", rights, place)), 0)
    finally:
        os.close(place)
