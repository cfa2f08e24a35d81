"""The command line, run as a person runs it, in a studio of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CWTUI = str(Path(sys.executable).with_name("cwtui"))


class Shell:
    """Runs `cwtui` in a studio of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.studio = folder / "studio"
        self.environment = {**os.environ, "CWTUI_STUDIO": str(self.studio), "COLUMNS": "100"}

    def __call__(self, *words: str | Path, code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [CWTUI, *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            env=self.environment,
            cwd=self.folder,
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done

    def json(self, *words: str | Path, code: int = 0) -> Any:
        return json.loads(self(*words, "--json", code=code).stdout)
