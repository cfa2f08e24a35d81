"""The limits of uploads and of connections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

MIB = 1 << 20
GIB = 1 << 30


@dataclass(frozen=True, slots=True)
class UploadLimits:
    """Limits of uploads.

    `file_bytes`: of one file. `open_bytes`: of all unfinished uploads. `open_uploads`, `open_uploads_of_device`: the
    numbers of unfinished ones. `waiting_uploads`: the number of whole files that wait for the import. `reserve`: free
    bytes that stay on the disk. `lifetime`: the time without progress after which an unfinished upload is deleted;
    whether it was is known for `memory` more.
    """

    file_bytes: int = 512 * GIB
    open_bytes: int = 1024 * GIB
    open_uploads: int = 256
    open_uploads_of_device: int = 64
    waiting_uploads: int = 2000
    reserve: int = 2 * GIB
    lifetime: timedelta = timedelta(days=3)
    memory: timedelta = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits of connections. Times are in seconds.

    `header_bytes` and `header_seconds`: of a request's header. `stall_seconds`: a body must bring `stall_bytes` in this
    time. `idle_seconds`: of a connection between two requests.
    """

    connections: int = 96
    connections_of_address: int = 32
    header_bytes: int = 16 << 10
    header_seconds: float = 10.0
    handshake_seconds: float = 10.0
    stall_seconds: float = 30.0
    stall_bytes: int = 4 << 10
    idle_seconds: float = 20.0
