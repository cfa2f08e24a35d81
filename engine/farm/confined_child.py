"""Starts a child process that confines itself before it loads Dask: one folder, no studio, no other key."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import engine
from engine.atomic_files import make_folder

_MEMORY = 2 << 30
_LOG, _OWN = "log", "tmp"
_MAX_LOG_BYTES = 1 << 20


def start_child(module: str, folder: Path, settings: dict[str, Any]) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start `python -m module`. Return the process and this side of its socket pair.

    The child may write only below `folder/tmp`: this process writes the other files of the folder, and a link there
    could lead it elsewhere. The child inherits no environment, in which secrets are, and no file but its log. Raises
    OSError.
    """
    own = folder / _OWN
    make_folder(own)
    folder.chmod(0o700)
    ours, theirs = socket.socketpair()
    # The interpreter of a virtual environment finds its packages by itself; a checkout's are named. Not sys.path: the
    # child may read the folders of its modules, and the current folder among them is the studio's.
    environment = {
        "PATH": os.defpath,
        "HOME": str(own),
        "TMPDIR": str(own),
        "LC_ALL": "C.UTF-8",
        "DASK_CONFIG": str(own / "none"),
        "PYTHONPATH": str(Path(engine.__file__).parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", module, str(theirs.fileno()), json.dumps(settings)]
    with theirs, (folder / _LOG).open("a") as log:
        if log.tell() > _MAX_LOG_BYTES:
            log.truncate(0)
        try:
            child = subprocess.Popen(
                command,
                cwd=own,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        except OSError:
            ours.close()
            raise
    return child, ours


def begin_child(arguments: Sequence[str], readable: Sequence[str] = ()) -> tuple[socket.socket, dict[str, Any]]:
    """Confine this process. Return its side of the socket pair and its settings.

    `readable` are the names of settings with a path that it may read.
    """
    from engine.jobs.sandbox import SandboxPolicy, confine

    settings: dict[str, Any] = json.loads(arguments[1])
    paths = tuple(Path(settings[name]) for name in readable)
    confine(SandboxPolicy((Path.cwd(),), paths, network=True, memory=_MEMORY, cpu_seconds=None))
    return socket.socket(fileno=int(arguments[0])), settings


def log_tail(folder: Path, lines: int = 3) -> str:
    """Return the end of a child's log."""
    from engine.jobs import tail

    return " ".join(tail(folder / _LOG, lines))
