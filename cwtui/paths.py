"""Where a studio is when no command names one."""

from __future__ import annotations

import os
from pathlib import Path


def default_studio() -> Path:
    """The folder of commands that name none: CWTUI_STUDIO, else Movies/Cleanwater."""
    return Path(os.environ.get("CWTUI_STUDIO") or Path.home() / "Movies" / "Cleanwater")
