"""Names of installed packages where a command takes the name of a preset."""

from __future__ import annotations

import re
from pathlib import Path

from cwtui.commands._options import studio_folder

_PACKAGE = re.compile(r"[a-z0-9][a-z0-9-]*/[a-z0-9][a-z0-9-]*(@[0-9a-z.-]+)?")


def preset_of(name: str, studio: Path | None, project: str | None = None) -> str:
    """The preset of an installed package (ada/dusk, ada/dusk@1.0.0), or the name itself.

    Without a version, it is the one that the project, by default the current one, has locked, or else the newest.
    Raises RequestError if the package is not installed.
    """
    if not _PACKAGE.fullmatch(name) or Path(name).exists():
        return name
    from engine.studio import preset_of_package, require_market

    require_market()
    return preset_of_package(studio_folder(studio), name, project)
