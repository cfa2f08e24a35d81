"""Farms of network namespaces with real processes: whatever happens to them, the film has the same bytes.

How the parts are shared depends on the processor: at least the first one of each machine that works is made there.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from engine.jobs import find_studio_process, stop_studio_process
from fixtures import clips
from tests.cli.shell import Shell
from tests.farm.scenarios import RECIPE

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

SCRIPT = Path(__file__).with_name("scenarios.py")
ROOT = Path(__file__).parents[2]
SECONDS = 96
_SPACES = ["unshare", "-Urmn", "--pid", "--fork", "--mount-proc", "--kill-child"]


def _can(*command: str) -> bool:
    if sys.platform != "linux" or not all(map(shutil.which, ("unshare", "nsenter", "ip"))):
        return False
    return subprocess.run([*_SPACES, *command], capture_output=True, check=False).returncode == 0


@dataclass(frozen=True)
class Reference:
    """A take, and the digests of the files that one machine makes of it."""

    take: Path
    files: list[str]

    def play(self, name: str, folder: Path) -> dict[str, Any]:
        """Play a scenario. Return what came of it, once all that holds for each one is true."""
        done = subprocess.run(
            [*_SPACES, sys.executable, str(SCRIPT), name, str(folder), str(self.take)],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=False,
        )
        logs = {path: path.read_text()[-2000:] for path in folder.glob("*/log")}
        assert done.returncode == 0, (done.stderr[-3000:], logs)
        came: dict[str, Any] = json.loads(done.stdout)
        print(json.dumps(came, indent=1, ensure_ascii=False))
        assert came["exit"] == 0, logs
        assert came["files"] == self.files
        assert came["twice"] == []
        # Afterwards nothing listens.
        assert came["after"] == []
        return came


def made_elsewhere(came: dict[str, Any]) -> int:
    """How many parts machines have made: the last note of a part says where it was made."""
    return sum(notes[-1].startswith("on ") for notes in came["parts"].values())


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Reference:
    """The take that farms deliver, delivered by one machine."""
    if not _can("ip", "link", "add", "one", "type", "bridge"):
        pytest.skip("needs network namespaces (Linux)")
    folder = tmp_path_factory.mktemp("alone")
    take = clips.plain_take(folder / "IMG_0101.MOV", 192, 108, Fraction(30), Fraction(SECONDS), codec="hevc")
    alone = Shell(folder)
    alone("new", "Harbour")
    alone("ingest", str(take), "--no-prepare")
    recipes = alone.studio / "recipes"
    recipes.mkdir(exist_ok=True)
    (recipes / "picture.toml").write_text(RECIPE)
    made = alone.json("deliver", "picture", "1")
    if process := find_studio_process(alone.studio):
        stop_studio_process(alone.studio, process)
    return Reference(take, [one["sha256"] for one in made["files"]])


def test_kills_and_a_cut_cable(reference: Reference, tmp_path: Path) -> None:
    came = reference.play("kills", tmp_path)
    assert made_elsewhere(came) >= 2
    # Exactly what `cwtui farm host` shows; machines listen nowhere.
    assert came["listening"] == came["ports"]
    assert came["working"] == []
    assert came["revoked_exit"] == 1


def test_a_machine_that_sleeps_for_a_minute(reference: Reference, tmp_path: Path) -> None:
    came = reference.play("asleep", tmp_path)
    assert made_elsewhere(came) >= 3
    assert came["works"]


def test_clocks_that_are_a_day_apart(reference: Reference, tmp_path: Path) -> None:
    if not shutil.which("cc"):
        pytest.skip("needs a C compiler for the library that skews a clock: apt install gcc libc6-dev")
    came = reference.play("clocks", tmp_path)
    assert made_elsewhere(came) >= 4
    assert not any(came["faults"].values()), came["faults"]


def test_cables_with_latency_and_loss(reference: Reference, tmp_path: Path) -> None:
    if not _can("ip", "tuntap", "add", "one", "mode", "tap"):
        pytest.skip("needs TAP devices (/dev/net/tun)")
    came = reference.play("slow-cables", tmp_path)
    assert made_elsewhere(came) >= 4
    assert came["frames"]["lost"] > 0
    assert not any(came["faults"].values()), came["faults"]


def test_a_full_disk_of_a_machine(reference: Reference, tmp_path: Path) -> None:
    came = reference.play("full-disk", tmp_path)
    assert made_elsewhere(came) >= 3
    assert came["full"]
    # The host learns nothing about the folders of the machine.
    assert str(tmp_path) not in "".join(came["full"])
    assert came["works"]


def test_a_machine_with_wrong_pictures(reference: Reference, tmp_path: Path) -> None:
    came = reference.play("wrong-bytes", tmp_path)
    assert list(came["quarantined"]) == ["north"]
    assert came["quarantined"]["north"].startswith("wrong bytes")
    assert {came["states"]["south"], came["states"]["west"]} == {"active"}
