"""Our client against the repository simulator of python-tuf's own tests, which its source distribution has.

The simulator is no part of this project: CLEANWATER_TUF_TESTS names the folder `tests` of an unpacked source
distribution, whose version is that of the installed library. Without it, there is nothing to run.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError
from engine.market import Catalogue, TrustedRepository
from engine.market.catalogue import CATALOGUE

_FOLDER = os.environ.get("CLEANWATER_TUF_TESTS", "")
pytestmark = pytest.mark.skipif(not _FOLDER, reason="CLEANWATER_TUF_TESTS names no folder")


@pytest.fixture
def simulator() -> Any:
    """A simulated repository with an empty catalogue."""
    path = Path(_FOLDER) / "repository_simulator.py"
    spec = importlib.util.spec_from_file_location("repository_simulator", path)
    assert spec
    assert spec.loader
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    made = module.RepositorySimulator()
    made.add_target("targets", Catalogue().model_dump_json().encode(), CATALOGUE)
    made.targets.version += 1
    made.update_snapshot()
    return made


class Client:
    """A user of the simulated repository, whose state is written into a folder for each refresh."""

    def __init__(self, simulator: Any, folder: Path) -> None:
        self.simulator, self.folder = simulator, folder / "served"
        self.write()
        self.trusted = TrustedRepository.add(folder / "trust" / "main", str(self.folder), simulator.signed_roots[0])

    def write(self) -> None:
        """The newest state of the simulator, as a web server has it."""
        sim, metadata = self.simulator, self.folder / "metadata"
        metadata.mkdir(parents=True, exist_ok=True)
        for number, root in enumerate(sim.signed_roots, 1):
            (metadata / f"{number}.root.json").write_bytes(root)
        (metadata / "timestamp.json").write_bytes(sim.fetch_metadata("timestamp"))
        for role, version in {"snapshot": sim.snapshot.version, "targets": sim.targets.version}.items():
            (metadata / f"{version}.{role}.json").write_bytes(sim.fetch_metadata(role, version))
        for path, target in sim.target_files.items():
            digest = target.target_file.hashes["sha256"]
            (self.folder / "targets").mkdir(exist_ok=True)
            (self.folder / "targets" / f"{digest}.{path}").write_bytes(target.data)

    def refresh(self) -> Catalogue:
        self.write()
        return self.trusted.refresh()


def older_timestamp(sim: Any) -> None:
    sim.timestamp.version -= 1


def older_snapshot(sim: Any) -> None:
    sim.snapshot.version -= 1
    sim.timestamp.snapshot_meta.version -= 1
    sim.timestamp.version += 1


def older_targets(sim: Any) -> None:
    sim.snapshot.meta["targets.json"].version -= 1
    sim.targets.version -= 1
    sim.snapshot.version += 1
    sim.timestamp.snapshot_meta.version = sim.snapshot.version
    sim.timestamp.version += 1


def expired(role: str) -> Callable[[Any], None]:
    def attack(sim: Any) -> None:
        getattr(sim, role).expires = datetime.now(UTC).replace(microsecond=0) - timedelta(days=5)
        if role == "root":
            sim.root.version += 1
            sim.publish_root()
        elif role == "targets":
            sim.targets.version += 1
            sim.update_snapshot()
        elif role == "snapshot":
            sim.update_snapshot()
        else:
            sim.update_timestamp()

    return attack


def unsigned(role: str) -> Callable[[Any], None]:
    def attack(sim: Any) -> None:
        sim.signers[role].clear()
        if role == "root":
            sim.root.version += 1
            sim.publish_root()
        elif role == "targets":
            sim.targets.version += 1
            sim.update_snapshot()
        elif role == "snapshot":
            sim.update_snapshot()
        else:
            sim.update_timestamp()

    return attack


def skipped_root(sim: Any) -> None:
    sim.root.version += 2
    sim.publish_root()


def wrong_hashes(sim: Any) -> None:
    sim.compute_metafile_hashes_length = True
    sim.update_snapshot()
    sim.timestamp.snapshot_meta.hashes = {"sha256": "0" * 64}
    sim.update_timestamp()
    sim.timestamp.snapshot_meta.hashes = {"sha256": "0" * 64}


ATTACKS: dict[str, tuple[Callable[[Any], None], str]] = {
    "older timestamp": (older_timestamp, "older news"),
    "older snapshot": (older_snapshot, "mixes states"),
    "older targets": (older_targets, "mixes states"),
    **{f"expired {one}": (expired(one), f"expired: {one}") for one in ("root", "timestamp", "snapshot", "targets")},
    **{f"unsigned {one}": (unsigned(one), "was signed by 0/1") for one in ("root", "timestamp", "snapshot", "targets")},
    "skipped root": (skipped_root, "root"),
    "wrong hashes": (wrong_hashes, "is not the file that was signed"),
}


def test_a_simulated_repository_is_followed_over_rotations(simulator: Any, tmp_path: Path) -> None:
    client = Client(simulator, tmp_path)
    for _ in range(3):
        before = dict(simulator.signers["root"])
        for role in ("root", "timestamp", "snapshot", "targets"):
            simulator.rotate_keys(role)
        # The earlier keys sign the next root, too.
        own = dict(simulator.signers["root"])
        simulator.signers["root"].update(before)
        simulator.root.version += 1
        simulator.publish_root()
        simulator.signers["root"] = own
        simulator.targets.version += 1
        simulator.update_snapshot()
    assert client.refresh() == Catalogue()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_of_the_simulator_is_refused_by_name(simulator: Any, tmp_path: Path, name: str) -> None:
    attack, reason = ATTACKS[name]
    simulator.update_snapshot()
    client = Client(simulator, tmp_path)
    attack(simulator)
    with pytest.raises(EngineError, match=reason):
        client.refresh()
    assert client.trusted.catalogue() == Catalogue()
