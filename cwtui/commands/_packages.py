"""Names of installed packages where a command takes the name of a preset."""

from __future__ import annotations

import re
from pathlib import Path

from cwtui.commands._options import studio_folder

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*(@[0-9a-z.-]+)?")


def preset_of(name: str, studio: Path | None) -> str:
    """The preset of an installed package (ada/dusk: its newest version, ada/dusk@1.0.0), or the name itself.

    Raises RequestError if the package is not installed.
    """
    if not _PACKAGE.fullmatch(name) or Path(name).exists():
        return name
    from engine.market import find_installed
    from engine.studio import require_market

    require_market()
    package, _, version = name.partition("@")
    return find_installed(studio_folder(studio), package, version or None).preset
