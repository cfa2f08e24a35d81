"""Attacks on signed metadata: each is refused with the role, its keys and its date, and the last state stays."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.errors import EngineError, RequestError
from engine.market import load_key

from .attacks import YESTERDAY, AttackedRepository

Attack = Callable[[AttackedRepository], object]


@pytest.fixture
def attacked(tmp_path: Path) -> AttackedRepository:
    return AttackedRepository(tmp_path)


def expire(signed: Any) -> None:
    signed.expires = YESTERDAY


def nothing(signed: Any) -> None:
    pass


def expired(role: str) -> Attack:
    """The newest metadata of a role, and all that names it, with a date that has passed."""

    def attack(it: AttackedRepository) -> None:
        path = it.change(role, expire, raises=1)
        version = int(path.name.split(".")[0]) if role != "timestamp" else 0
        if role in ("targets", "author-ada"):
            it.seal(**{role.replace("-", "_"): version})
        elif role == "snapshot":
            it.name_snapshot(version)

    return attack


def rolled_back(role: str) -> Attack:
    """A newer state that names a version of a role from before."""

    def attack(it: AttackedRepository) -> None:
        version = int(it.newest(role).name.split(".")[0]) - 1
        if role == "snapshot":
            it.name_snapshot(version)
        else:
            it.seal(**{role.replace("-", "_"): version})

    return attack


def mixed(role: str) -> Attack:
    """An older file under the name of the newest one."""

    def attack(it: AttackedRepository) -> None:
        path = it.change(role, nothing, raises=1)
        version = int(path.name.split(".")[0])
        shutil.copy(it.metadata / f"{version - 1}.{role}.json", path)
        if role == "snapshot":
            it.name_snapshot(version)
        else:
            it.seal(**{role.replace("-", "_"): version})

    return attack


def signed_by(role: str, *keys: str) -> Attack:
    """A newer version of a role that has other signatures than it needs."""

    def attack(it: AttackedRepository) -> None:
        path = it.change(role, nothing, keys, raises=1)
        version = int(path.name.split(".")[0]) if role != "timestamp" else 0
        if role in ("targets", "author-ada"):
            it.seal(**{role.replace("-", "_"): version})
        elif role == "snapshot":
            it.name_snapshot(version)

    return attack


def endless(name: str) -> Attack:
    """A file without an end: a terabyte of nothing."""

    def attack(it: AttackedRepository) -> None:
        path = it.newest(name) if name in ("timestamp", "snapshot") else it.metadata / name
        if name == "snapshot":
            version = int(path.name.split(".")[0]) + 1
            path = it.metadata / f"{version}.snapshot.json"
            it.name_snapshot(version)
        with path.open("wb") as file:
            file.truncate(1 << 40)

    return attack


def without_author(it: AttackedRepository) -> None:
    path = it.change("snapshot", lambda signed: signed.meta.pop("author-ada.json"), raises=1)
    it.name_snapshot(int(path.name.split(".")[0]))


def wrong_hash(it: AttackedRepository) -> None:
    """A snapshot of another content than its timestamp says."""
    path = it.change("snapshot", nothing, raises=1)
    it.name_snapshot(int(path.name.split(".")[0]), length=path.stat().st_size, hashes={"sha256": "0" * 64})


def missing_snapshot(it: AttackedRepository) -> None:
    it.name_snapshot(999)


def older_timestamp(it: AttackedRepository) -> None:
    shutil.copy(it.older / "metadata" / "timestamp.json", it.newest("timestamp"))


def wrong_root(it: AttackedRepository) -> None:
    """Version 3 under the name of version 2."""
    it.change("root", nothing, raises=2, path=it.metadata / "2.root.json")


def of_another_role(it: AttackedRepository) -> None:
    shutil.copy(it.newest("snapshot"), it.newest("timestamp"))


ATTACKS = {
    "expired timestamp": (expired("timestamp"), r"have expired: timestamp, version \d+, signed by key \w+, valid"),
    "expired snapshot": (expired("snapshot"), r"have expired: snapshot, version \d+, signed by key \w+, valid"),
    "expired targets": (expired("targets"), r"have expired: targets, version \d+, signed by key \w+, valid"),
    "expired author": (expired("author-ada"), r"have expired: author-ada, version \d+, signed by key \w+, valid"),
    "expired root": (expired("root"), r"have expired: root, version 2, signed by key \w+, key \w+, key \w+"),
    "older timestamp": (older_timestamp, r"older news .* timestamp, version \d+, signed .*; version \d+, valid until"),
    "older snapshot": (rolled_back("snapshot"), r"mixes states .* timestamp, version \d+, .*snapshot version must be"),
    "older targets": (rolled_back("targets"), r"mixes states .* snapshot, version \d+, .*targets\.json version"),
    "older author": (rolled_back("author-ada"), r"mixes states .* snapshot, version \d+, .*author-ada\.json version"),
    "mixed snapshot": (mixed("snapshot"), r"mixes states of .*: snapshot, version \d+, signed by key \w+"),
    "mixed targets": (mixed("targets"), r"mixes states of .*: targets, version \d+, signed by key \w+"),
    "mixed author": (mixed("author-ada"), r"mixes states of .*: author-ada, version \d+, signed by key"),
    "timestamp of an author": (signed_by("timestamp", "ada"), r"was signed by 0/1 .*needs 1 of the keys \w+"),
    "snapshot of the author": (signed_by("snapshot", "ada"), r"snapshot was signed by 0/1 .*needs 1 of the keys \w+"),
    "targets of the author": (signed_by("targets", "ada"), r"targets was signed by 0/1 .*needs 1 of the keys \w+"),
    "author by another": (signed_by("author-ada", "eve"), r"author-ada was signed by 0/1 .*needs 1 of the keys \w+"),
    "root by one key": (signed_by("root", "root-2"), r"signed by 1/2 .*needs 2 of the keys \w+, \w+, \w+"),
    "root by others": (signed_by("root", "ada", "eve"), r"root was signed by 0/2 .*needs 2 of the keys \w+"),
    "root of another version": (wrong_root, r"mixes states .* root, version 3, .*Expected root version 2"),
    "metadata of another role": (of_another_role, r"timestamp: Expected 'timestamp', got 'snapshot'"),
    "endless timestamp": (endless("timestamp"), r"sends more than it may: metadata/timestamp\.json does not end"),
    "endless snapshot": (endless("snapshot"), r"sends more than it may: metadata/\d+\.snapshot\.json does not end"),
    "endless root": (endless("2.root.json"), r"sends more than it may: metadata/2\.root\.json does not end"),
    "snapshot of another content": (wrong_hash, r"snapshot, version \d+, .*is not the file that was signed"),
    "missing snapshot": (missing_snapshot, r"is not complete: metadata/999\.snapshot\.json is missing"),
    "author left out": (without_author, r"snapshot: New snapshot is missing info for 'author-ada\.json'"),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_by_name_and_changes_nothing(attacked: AttackedRepository, name: str) -> None:
    attack, reason = ATTACKS[name]
    before = attacked.trusted.catalogue()
    attack(attacked)
    with pytest.raises(EngineError, match=reason) as error:
        attacked.trusted.archive(attacked.offer)
    assert error.value.message.startswith(("The news from main", "The signatures of main", "main "))
    assert error.value.hint
    assert attacked.trusted.catalogue() == before


def test_an_author_gets_no_target_of_another(attacked: AttackedRepository) -> None:
    """Eve signs ada/dusk with her own role, whose delegation has only eve/*: nobody looks there."""
    from tuf.api.metadata import TargetFile

    evil = TargetFile.from_data(attacked.offer.target, b"evil", ["sha256"])

    def add(signed: Any) -> None:
        signed.targets[attacked.offer.target] = evil

    path = attacked.change("author-eve", add, raises=1)
    attacked.seal(author_eve=int(path.name.split(".")[0]))
    assert attacked.trusted.archive(attacked.offer) != b"evil"
    gone = attacked.change("author-ada", lambda signed: signed.targets.pop(attacked.offer.target), raises=1)
    attacked.seal(author_ada=int(gone.name.split(".")[0]))
    with pytest.raises(EngineError, match=r"Nobody who may sign ada/dusk-1\.1\.0\.cwpkg"):
        attacked.trusted.archive(attacked.offer)


@pytest.mark.parametrize("content", [b"PK", b"PK" * (1 << 19)])
def test_an_archive_of_another_length_or_content_is_refused(attacked: AttackedRepository, content: bytes) -> None:
    newer = attacked.publish("1.2.0")
    (path,) = (attacked.owner.folder / "targets" / "ada").glob("*.dusk-1.2.0.cwpkg")
    path.write_bytes(content)
    attacked.trusted.refresh()
    with pytest.raises(EngineError, match=r"dusk-1\.2\.0\.cwpkg"):
        attacked.trusted.archive(newer)
    assert not list((attacked.trusted.folder / "targets").glob("*1.2.0*"))


def test_roots_are_followed_over_several_versions(attacked: AttackedRepository, tmp_path: Path) -> None:
    """Each root key is lost once. A user who was away for three rotations gets all of them, or none."""
    keys = attacked.owner.keys
    for lost in ("root-1", "root-2", "root-3"):
        (keys / f"{lost}.pem").rename(tmp_path / f"{lost}.stolen")
        attacked.owner.replace_root_key(lost)
    attacked.owner.refresh()
    hidden = (attacked.metadata / "3.root.json").rename(tmp_path / "3.root.json")
    # Without version 3, the user stays at version 2: what is signed since with the keys of the roles still counts.
    assert attacked.trusted.refresh() == attacked.trusted.catalogue()
    hidden.rename(attacked.metadata / "3.root.json")
    attacked.trusted.refresh()
    # Two stolen keys of earlier roots sign no further one.
    for lost in ("root-1", "root-2"):
        (tmp_path / f"{lost}.stolen").rename(keys / f"{lost}.pem")
    attacked.change("root", nothing, ("root-1", "root-2"), raises=1)
    with pytest.raises(EngineError, match=r"root was signed by 0/2 .*root is version 5, signed by key .*needs 2 of"):
        attacked.trusted.refresh()


@pytest.mark.parametrize("role", ["timestamp", "snapshot", "targets"])
def test_a_replaced_key_of_a_role_signs_nothing_more(attacked: AttackedRepository, role: str) -> None:
    """The drill for a stolen key: two root keys replace it, and what the thief signs is refused."""
    stolen = load_key(role, attacked.owner.keys).public_key.keyid
    fresh = attacked.owner.replace_role_key(role)
    assert fresh != stolen
    newer = attacked.publish("1.2.0")
    assert attacked.trusted.archive(newer)
    (attacked.owner.keys / f"{role}-1.old").rename(attacked.owner.keys / "stolen.pem")
    signed_by(role, "stolen")(attacked)
    with pytest.raises(EngineError, match=rf"{role} was signed by 0/1 .*signed by key {stolen[:12]}.*{fresh[:12]}"):
        attacked.trusted.refresh()


def test_a_role_key_is_replaced_with_two_root_keys(attacked: AttackedRepository) -> None:
    with pytest.raises(RequestError, match="There is no key ada"):
        attacked.owner.replace_role_key("ada")
    (attacked.owner.keys / "root-1.pem").unlink()
    attacked.owner.replace_role_key("timestamp")
    # A lost key has no file; its replacement needs none.
    (attacked.owner.keys / "snapshot.pem").unlink()
    attacked.owner.replace_role_key("snapshot")
    assert attacked.trusted.refresh().newest("ada/dusk") == attacked.offer
    (attacked.owner.keys / "root-2.pem").unlink()
    with pytest.raises(RequestError, match="has 1 of the root keys"):
        attacked.owner.replace_role_key("targets")
