"""Errors for scripts: JSON with --json for all errors, and a single error for each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .shell import Shell


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["takes", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["deliver"], "RECIPE"),
        (["sheet", "--count", "many"], "--count"),
        (["probe", "nothing.mov"], "nothing.mov"),
        (["models", "fetch"], "MODEL"),
    ],
)
def test_an_invalid_command_prints_its_error_as_json(cwtui: Shell, arguments: list[str], message: str) -> None:
    error = cwtui.json(*arguments, code=2)["error"]
    assert message in error["message"]
    assert error["hint"]
    assert error["code"] == 2


def test_a_failed_ingest_prints_an_error_and_no_success_mark(cwtui: Shell, small_take: Path) -> None:
    cwtui("new", "p")
    empty, mixed = cwtui.folder / "empty", cwtui.folder / "mixed"
    empty.mkdir()
    mixed.mkdir()
    no_footage = cwtui("ingest", empty, "--no-prepare", code=2)
    assert "No footage in" in no_footage.stderr
    assert "folder is empty" in no_footage.stderr
    assert "✓" not in no_footage.stderr + no_footage.stdout
    (empty / "notes.pdf").touch()
    assert "notes.pdf is not footage" in cwtui.json("ingest", empty, "--no-prepare", code=2)["error"]["message"]
    shutil.copyfile(small_take, mixed / "good.MOV")
    (mixed / "bad.MOV").write_bytes(b"no movie")
    partly_read = cwtui("ingest", mixed, "--no-prepare", code=1)
    assert "1 of 2 could not be read" in partly_read.stderr
    assert "✓ ingest" not in partly_read.stderr


def test_a_take_name_is_printed_verbatim_before_and_after_confirmation(cwtui: Shell, log_take: Path) -> None:
    odd = cwtui.folder / "a:x:b [bold].MOV"
    shutil.copyfile(log_take, odd)
    cwtui.import_takes(odd)
    listed = cwtui("takes").stdout
    assert "needs you" in listed
    assert "001-a:x:b [bold]" in listed
    cwtui("confirm", "1", "--input-transform", "apple-log")
    probed = cwtui("probe", "1", "-p", "p").stdout
    assert "input transform apple-log" in probed
    for listing in (probed, cwtui("takes").stdout):
        assert "waits for" not in listing
        assert "unconfirmed" not in listing
        assert "needs you" not in listing
    assert cwtui.json("probe", "1", "-p", "p")["picture"]["input_transform"] == "apple-log"


def test_deliver_prints_its_selection_of_takes_before_it_starts(cwtui: Shell, small_take: Path) -> None:
    for name in ("a.MOV", "b.MOV"):
        with (cwtui.folder / name).open("wb") as file:
            file.write(small_take.read_bytes() + len(name + "x").to_bytes(4, "big") + b"free" + name.encode()[:1])
    cwtui.import_takes(cwtui.folder / "a.MOV", cwtui.folder / "b.MOV")
    cwtui("retake", "2")
    cwtui.add_sound_recipe()
    result = cwtui("deliver", "sound-only", "--json")
    assert "1 take: no take is kept: all except retakes, 1 left out" in result.stderr
    selection = json.loads(result.stdout)["selection"]
    assert [len(selection["takes"]), len(selection["left_out"])] == [1, 1]
    assert "none" in cwtui.json("deliver", "sound-only", "--kept", code=2)["error"]["message"].lower()
