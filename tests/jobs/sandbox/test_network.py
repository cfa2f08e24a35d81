"""A job without declared network access cannot use the network."""

from __future__ import annotations

import struct

import pytest

from engine.jobs.sandbox import seccomp

from .confined_process import LINUX, ConfinedProcess

MESSAGE = "This job tried to open a network connection, which its kind does not declare."
CONNECTIONS = {
    "TCP": "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
    "UDP": "socket.socket(socket.AF_INET, socket.SOCK_DGRAM)",
    "IPv6": "socket.socket(socket.AF_INET6)",
    "netlink": "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
    "a pair": "socket.socketpair(socket.AF_INET)",
    "a name": "socket.getaddrinfo('cleanwater.invalid', 80)",
    "a page": "import urllib.request; urllib.request.urlopen('http://192.0.2.1/')",
}


@LINUX
@pytest.mark.parametrize("connection", CONNECTIONS.values(), ids=CONNECTIONS)
def test_each_kind_of_connection_is_refused_with_a_message(confined: ConfinedProcess, connection: str) -> None:
    (result,), _ = confined.run(connection)
    assert result.outcome != "done"
    assert result.message == MESSAGE


@LINUX
def test_unix_sockets_work(confined: ConfinedProcess) -> None:
    served = """
        one, other = socket.socketpair()
        one.send(b'x'); assert other.recv(1) == b'x'
        os.chdir(studio)
        server = socket.socket(socket.AF_UNIX); server.bind('socket'); server.listen()
        socket.socket(socket.AF_UNIX).connect('socket')
    """
    assert confined.outcomes(served) == ["done"]


@LINUX
def test_a_declared_network_is_available(confined: ConfinedProcess) -> None:
    connected = """
        server = socket.create_server(('127.0.0.1', 0))
        socket.create_connection(server.getsockname())
    """
    assert confined.outcomes(connected, network=True) == ["done"]


@LINUX
def test_a_grandchild_process_has_no_network(confined: ConfinedProcess) -> None:
    inner = "subprocess.run([sys.executable, '-c', 'import socket; socket.socket()'], check=True, stderr=-3)"
    assert confined.outcomes(inner) == ["CalledProcessError"]


@LINUX
def test_io_uring_is_refused(confined: ConfinedProcess) -> None:
    ring = "from engine.jobs.sandbox import syscalls; syscalls.syscall(425, 1, syscalls.buffer(bytes(120)))"
    assert confined.outcomes(ring) == ["PermissionError"]


@pytest.mark.parametrize(("machine", "new_socket"), [("x86_64", 41), ("aarch64", 198)])
def test_filter_jumps_lead_forward_and_stay_inside(machine: str, new_socket: int) -> None:
    steps = list(struct.iter_unpack("<HBBI", seccomp.program(machine)))
    assert new_socket in [value for _, _, _, value in steps]
    for at, (_, then, otherwise, _) in enumerate(steps):
        assert at + 1 + max(then, otherwise) < len(steps) or at == len(steps) - 1
