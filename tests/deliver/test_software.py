"""The identity of the software: equal on equal machines, and a difference is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.deliver import SOFTWARE, Identity, different_parts, software, software_identity
from engine.farm import software_identity as software_identity_of_farm

ONE = Identity(engine="0.1.0 " + "a" * 64, libraries="1", models="2", encoder="PyAV 18", device="llvmpipe")


def test_the_identity_is_the_same_each_time_and_has_all_parts() -> None:
    found = software_identity()
    assert found == software_identity_of_farm()
    assert all(found.model_dump().values())
    assert "PyAV" in found.encoder


def test_a_changed_module_shader_or_preset_changes_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "engine"
    resources = {kind: tmp_path / kind for kind in ("presets", "shaders")}
    for folder in (package / "deliver", *resources.values()):
        folder.mkdir(parents=True)
    shutil.copy(software.__file__, package / "deliver" / "software.py")
    monkeypatch.setattr(software, "__file__", str(package / "deliver" / "software.py"))
    monkeypatch.setattr(software, "resource_root", resources.__getitem__)
    found = set()
    for path in (package / "a.py", resources["shaders"] / "a.wgsl", resources["presets"] / "a.toml"):
        path.write_text("one")
        found.add(software._digest_of_sources())
        path.write_text("two")
        found.add(software._digest_of_sources())
    assert len(found) == 6
    (package / "note.txt").write_text("not part of it")
    assert software._digest_of_sources() in found


def test_a_digest_is_satisfied_with_or_without_device_and_models() -> None:
    other = ONE.model_copy(update={"device": "Apple M3"})
    exact, any_device = ONE.digest((*SOFTWARE, "device")), ONE.digest(SOFTWARE)
    assert ONE.satisfies(exact)
    assert not other.satisfies(exact)
    assert other.satisfies(any_device)
    assert not ONE.model_copy(update={"encoder": "PyAV 19"}).satisfies(any_device)


def test_parts_that_differ_are_named_with_short_digests() -> None:
    other = ONE.model_copy(update={"engine": "0.1.0 " + "b" * 64, "models": "3"})
    assert different_parts(other, ONE, SOFTWARE) == "engine 0.1.0 bbbbbbbbbbbb instead of 0.1.0 aaaaaaaaaaaa"
    assert different_parts(ONE, ONE, SOFTWARE) == ""
