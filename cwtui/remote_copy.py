"""The command that copies a file from this machine to the one that the SSH session comes from."""

from __future__ import annotations

import getpass
import os
import shlex
from collections.abc import Mapping
from pathlib import Path

_SSH_PORT = "22"


def copy_command(
    path: Path, environment: Mapping[str, str] = os.environ, user: str | None = None, home: Path | None = None
) -> str | None:
    """Returns the scp command for the user's own machine; None without an SSH session, or if it hides its address.

    A path in the home folder is relative to it, as scp reads it, so that the command fits on a line.
    """
    address = environment.get("SSH_CONNECTION", "").split()
    if len(address) != 4:
        return None
    _, _, host, port = address
    # Without brackets, scp would take the colons of an IPv6 address for the end of the host name.
    host = f"[{host}]" if ":" in host else host
    home = home or Path.home()
    path = path.relative_to(home) if path.is_relative_to(home) else path
    # scp has copied by SFTP since OpenSSH 9, so that no remote shell reads the path.
    source = shlex.quote(f"{user or getpass.getuser()}@{host}:{path}")
    return f"scp {f'-P {port} ' if port != _SSH_PORT else ''}{source} ."
