"""Mutated packages of every kind: each is refused by an error of our own, or is a valid package in its one form."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import EngineError
from engine.market import installed, open_package

from .fuzzing import fuzz
from .mutations import attack_package, mutated_package, packages
from .packages import made, opened, preset_bytes


def test_every_kind_has_one_form() -> None:
    for package in packages():
        assert opened(package.archive) == package


def test_mutated_packages_are_refused_or_valid(tmp_path: Path) -> None:
    accepted = [attack_package(number, tmp_path / "studio", tmp_path / f"{number}") for number in range(60)]
    assert not all(accepted)


@pytest.mark.slow
def test_a_process_that_crashes_is_started_again(tmp_path: Path) -> None:
    """The number is unknown to the attack of this name: each process ends at once."""
    found = fuzz("nothing", range(2), tmp_path)
    assert sorted(found.crashed) == [0, 1]
    assert "KeyError: 'nothing'" in found.crashed[1][1]


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("first", range(10_000, 20_000, 1000))
def test_ten_thousand_mutated_packages(first: int, tmp_path: Path) -> None:
    """None crashes outside of the sandbox, and none is installed that is not in the form that we write."""
    found = fuzz("package", range(first, first + 1000), tmp_path)
    assert not found.crashed
    kept = {one.sha256 for one in installed(tmp_path / "installed")} if found.accepted else set()
    archives = [mutated_package(number) for number in found.accepted]
    assert kept <= {opened(archive).digest for archive in archives}
    assert len(found.accepted) < 100


@pytest.mark.slow
@pytest.mark.timeout(3000)
@pytest.mark.parametrize("first", range(1000, 7000, 1500))
def test_six_thousand_mutated_shaders(first: int, tmp_path: Path) -> None:
    found = fuzz("shader", range(first, first + 1500), tmp_path)
    assert not found.crashed
    assert 0 < len(found.accepted) < 1500


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_mutated_fonts_are_refused_or_stable(tmp_path: Path) -> None:
    found = fuzz("font", range(400), tmp_path)
    assert not found.crashed
    assert len(found.accepted) > 20


@pytest.mark.parametrize("kind", ["intro", "motion-graphic", "caption-style"])
def test_a_kind_has_templates_of_its_own(kind: str, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=f"is no {kind}: its kind is lower-third"):
        made({"item.toml": preset_bytes("title", "lower-third")}, kind)
    with pytest.raises(EngineError, match="package"):
        open_package(b"PK\x05\x06" + bytes(18), tmp_path)
