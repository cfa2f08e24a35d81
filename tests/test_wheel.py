"""The wheel contains all files that the program needs, and runs in an environment outside the checkout."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from zipfile import ZipFile

import pytest

from engine.jobs import find_studio_process, stop_studio_process
from tests.console.terminal_pty import TerminalPty

ROOT = Path(__file__).resolve().parent.parent
# Folders of the checkout, and their folders in the wheel.
WHEEL_FOLDERS = {
    "cwtui": "cwtui",
    "engine": "engine",
    "presets": "engine/_resources/presets",
    "shaders": "engine/_resources/shaders",
}
MAN_PAGE = "cwtui.1"
DEPENDENCIES = Path(sysconfig.get_path("purelib"))


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (path,) = folder.glob("*.whl")
    return path


def files_below(folder: str, target: str) -> set[str]:
    """Return the files of a folder of the checkout, by their names below `target` in the wheel."""
    paths = (path for path in (ROOT / folder).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {f"{target}/{path.relative_to(ROOT / folder).as_posix()}" for path in paths}


def test_the_wheel_has_exactly_the_packages_presets_and_shaders(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        files = {name for name in archive.namelist() if ".dist-info/" not in name}
    (man_page,) = (name for name in files if ".data/" in name)
    assert man_page.endswith(f".data/data/share/man/man1/{MAN_PAGE}")
    packed = set().union(*(files_below(folder, target) for folder, target in WHEEL_FOLDERS.items()))
    assert files - {man_page} == packed


@dataclass(frozen=True)
class Installation:
    """Cleanwater in a virtual environment, and an empty working folder, both outside the checkout."""

    environment: Path
    folder: Path

    @property
    def python(self) -> Path:
        return self.environment / "bin" / "python"

    @property
    def studio(self) -> Path:
        return self.folder / "studio"

    @property
    def variables(self) -> dict[str, str]:
        """This process's environment, without paths to this checkout, and with separate user folders."""
        hidden = ("PYTHONPATH", "VIRTUAL_ENV", "CWTUI_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
        own = {f"XDG_{kind}_HOME": str(self.folder / kind.lower()) for kind in ("CONFIG", "DATA", "STATE")}
        return {**inherited, **own, "CWTUI_STUDIO": str(self.studio)}

    def run(self, program: str, *arguments: str | Path, code: int = 0) -> str:
        """Run a program of the environment and return its standard output."""
        result = subprocess.run(
            [self.environment / "bin" / program, *arguments],
            cwd=self.folder, env=self.variables, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == code, result.stdout + result.stderr
        return result.stdout

    def console(self) -> TerminalPty:
        """Open the console in its own terminal."""
        return TerminalPty(
            [str(self.environment / "bin" / "cwtui"), "--studio", str(self.studio)], environment=self.variables
        )


def uv(*arguments: str | Path) -> None:
    """Run uv in the checkout, so that the settings in pyproject.toml apply."""
    program = shutil.which("uv", path=os.pathsep.join([str(ROOT / ".uv" / "bin"), os.environ["PATH"]]))
    assert program, "make setup installs uv"
    # Its own cache: other tests copy the user's cache of the run.
    environment = {name: value for name, value in os.environ.items() if name != "XDG_CACHE_HOME"}
    subprocess.run([program, *arguments, "--quiet"], cwd=ROOT, env=environment, check=True)


def empty_installation(folder: Path) -> Installation:
    """Create an empty virtual environment and an empty working folder."""
    uv("venv", "--python", sys.executable, folder / "venv")
    (folder / "work").mkdir()
    return Installation(folder / "venv", folder / "work")


def test_an_installed_wheel_runs_without_the_checkout(wheel: Path, tmp_path: Path) -> None:
    """This uses the dependencies of this environment: a .pth file adds its site-packages, without downloads.

    Python ignores .pth files in folders that were added this way, so this checkout's editable installation is not
    visible.
    """
    installation = empty_installation(tmp_path)
    uv("pip", "install", "--offline", "--no-deps", "--python", installation.python, wheel)
    (site_packages,) = installation.environment.glob("lib/python*/site-packages")
    (site_packages / "dependencies.pth").write_text(f"{DEPENDENCIES}\n")

    packages = "import cwtui, engine, sys; print(cwtui.__file__, engine.__file__, *sys.path, sep='\\n')"
    files_and_paths = [Path(line) for line in installation.run("python", "-c", packages).splitlines()]
    assert all(path.is_relative_to(installation.environment) for path in files_and_paths[:2])
    assert [path for path in files_and_paths if path.is_relative_to(ROOT)] == [DEPENDENCIES]
    assert "deliver" in installation.run("cwtui", "--help")

    with installation.console() as terminal:
        # There is no studio yet. On a busy machine, the welcome is painted before the screen behind it.
        terminal.until_shown("Welcome to Cleanwater")
        terminal.press("\x1b")
        assert terminal.wait() == 0


@pytest.mark.slow
def test_an_installed_wheel_checks_the_machine_and_ingests_a_take(
    wheel: Path, small_take: Path, tmp_path: Path
) -> None:
    """This also installs the locked dependencies, from uv's cache: only packages missing there are downloaded."""
    installation = empty_installation(tmp_path)
    uv("pip", "install", "--python", installation.python, "--constraints", "requirements.lock", wheel)

    doctor = installation.run("cwtui", "doctor", "--json", code=1)
    failed = [one["name"] for one in json.loads(doctor)["findings"] if one["needed"] and not one["ok"]]
    assert failed == ["speech model"], "The wheel brings no speech model; everything else works."
    installation.run("cwtui", "new", "Harbour walk")
    try:
        installation.run("cwtui", "ingest", small_take)
        (take,) = json.loads(installation.run("cwtui", "takes", "--json"))["takes"]
        assert take["name"] == "IMG_0101"
        with installation.console() as terminal:
            terminal.until_shown("IMG_0101")
            terminal.press("q")
            assert terminal.wait() == 0
    finally:
        if process := find_studio_process(installation.studio):
            stop_studio_process(installation.studio, process)
