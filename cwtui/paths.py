"""The default studio folder."""

from __future__ import annotations

import os
from pathlib import Path


def default_studio() -> Path:
    """CWTUI_STUDIO if set, else the folder of `set_default_studio`, else ~/Movies/Cleanwater."""
    if named := os.environ.get("CWTUI_STUDIO"):
        return Path(named)
    try:
        stored = _settings_path().read_text(encoding="utf-8").strip()
    except (OSError, UnicodeError):
        stored = ""
    return Path(stored) if stored else Path.home() / "Movies" / "Cleanwater"


def is_account_default(folder: Path) -> bool:
    """Whether a studio folder is the default one of this account, which `set_default_studio` changes."""
    return "CWTUI_STUDIO" not in os.environ and folder.absolute() == default_studio().absolute()


def set_default_studio(folder: Path) -> None:
    """Stores the studio folder of this account. Raises EngineError if the file cannot be written."""
    from engine.atomic_files import write_atomic

    write_atomic(_settings_path(), f"{folder.absolute()}\n".encode())


def _settings_path() -> Path:
    from platformdirs import user_config_path

    return user_config_path("cleanwater") / "default-studio.txt"
