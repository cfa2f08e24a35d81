"""The default studio folder."""

from __future__ import annotations

import os
from pathlib import Path


def default_studio() -> Path:
    """CWTUI_STUDIO if set, else ~/Movies/Cleanwater."""
    return Path(os.environ.get("CWTUI_STUDIO") or Path.home() / "Movies" / "Cleanwater")
