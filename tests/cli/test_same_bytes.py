"""The same footage gives the same files and the same receipt in another studio of this device, but for the times."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.jobs import find_studio_process, stop_studio_process
from fixtures import clips
from tests.cli.shell import Shell

# All ready recipes that need no speech model.
RECIPES = (
    "youtube-4k", "youtube-hdr10", "shorts-vertical", "instagram-reel", "tiktok", "review-proxy", "web-av1",
    "master-prores", "podcast",
)  # fmt: skip


@pytest.fixture
def studios(tmp_path: Path) -> Iterator[tuple[Shell, Shell]]:
    """Two studios with the same take."""
    take = clips.plain_take(tmp_path / "IMG_0001.MOV", 320, 180, seconds=2)
    shells = (Shell(tmp_path / "one"), Shell(tmp_path / "two"))
    for shell in shells:
        shell.folder.mkdir()
        shell.environment["CWTUI_CREDENTIALS"] = str(tmp_path / "keys")
        shell("new", "Walk")
        shell("ingest", take, "--no-prepare")
    yield shells
    for shell in shells:
        if process := find_studio_process(shell.studio):
            stop_studio_process(shell.studio, process)


def receipt(shell: Shell, recipe: str) -> dict[str, Any]:
    """A receipt without its times, and without the seal, which has the time of the ingest."""
    folder = shell.studio / "walk" / "deliverables" / recipe
    read: dict[str, Any] = json.loads((folder / "receipt.json").read_bytes())
    for delivery in read["deliveries"]:
        del delivery["made_at"]
        assert delivery.pop("seal")["manifest"].endswith(".mhl")
        assert delivery["tools"]
        assert delivery["device"]["processor"]
    return read


@pytest.mark.slow
@pytest.mark.parametrize("recipe", RECIPES)
def test_a_second_studio_makes_the_same_bytes(studios: tuple[Shell, Shell], recipe: str) -> None:
    for shell in studios:
        shell("deliver", recipe)
    one, two = (receipt(shell, recipe) for shell in studios)
    assert one == two
    folders = [shell.studio / "walk" / "deliverables" / recipe for shell in studios]
    names = sorted(file["path"] for delivery in one["deliveries"] for file in delivery["files"])
    assert names
    for name in names:
        assert (folders[0] / name).read_bytes() == (folders[1] / name).read_bytes()


@pytest.mark.slow
def test_signed_files_are_the_same_before_they_are_signed(studios: tuple[Shell, Shell]) -> None:
    studios[0]("credentials", "new", "--name", "Ann")
    for shell in studios:
        shell("deliver", "review-proxy", "--sign")
    (one,), (two,) = (receipt(shell, "review-proxy")["deliveries"] for shell in studios)
    for first, second in zip(one["files"], two["files"], strict=True):
        assert first["sha256_unsigned"] == second["sha256_unsigned"]
        assert first["sha256"] != second["sha256"]
