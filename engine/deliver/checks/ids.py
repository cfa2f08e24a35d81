"""The ids of the checks for the completion of a command line, which has no time to import the checks."""

from __future__ import annotations

import re
from pathlib import Path

_ID = re.compile(r'^@check\(\s*"([a-z0-9-]+)"', re.MULTILINE)


def check_ids() -> list[str]:
    """The ids in the modules of this package, sorted."""
    modules = sorted(Path(__file__).parent.glob("*.py"))
    return sorted(name for module in modules for name in _ID.findall(module.read_text(encoding="utf-8")))
