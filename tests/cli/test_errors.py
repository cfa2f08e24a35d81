"""Errors for scripts: JSON with --json for all errors, and a single error for each."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from .shell import Shell


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["takes", "--nonsense"], "--nonsense"),
        (["nonsense"], "nonsense"),
        (["deliver"], "recipe"),
        (["sheet", "--count", "many"], "--count"),
        (["probe", "nothing.mov"], "nothing.mov"),
        (["models", "fetch"], "model"),
    ],
)
def test_a_wrong_request_is_json_too(cwtui: Shell, words: list[str], said: str) -> None:
    error = cwtui.json(*words, code=2)["error"]
    assert said in error["message"]
    assert error["hint"]
    assert error["code"] == 2


def test_an_ingest_of_nothing_and_of_broken_files_has_one_verdict(cwtui: Shell, small_take: Path) -> None:
    cwtui("new", "p")
    empty, mixed = cwtui.folder / "empty", cwtui.folder / "mixed"
    empty.mkdir()
    mixed.mkdir()
    nothing = cwtui("ingest", empty, "--no-prepare", code=2)
    assert "No footage in" in nothing.stderr
    assert "folder is empty" in nothing.stderr
    assert "✓" not in nothing.stderr + nothing.stdout
    (empty / "notes.pdf").touch()
    assert "notes.pdf is not footage" in cwtui.json("ingest", empty, "--no-prepare", code=2)["error"]["message"]
    shutil.copyfile(small_take, mixed / "good.MOV")
    (mixed / "bad.MOV").write_bytes(b"no movie")
    some = cwtui("ingest", mixed, "--no-prepare", code=1)
    assert "1 of 2 could not be read" in some.stderr
    assert "✓ ingest" not in some.stderr


def test_a_name_is_printed_as_it_is_and_a_confirmed_take_waits_no_longer(cwtui: Shell, log_take: Path) -> None:
    cwtui("new", "p")
    odd = cwtui.folder / "a:x:b [bold].MOV"
    shutil.copyfile(log_take, odd)
    cwtui("ingest", odd, "--no-prepare")
    listed = cwtui("takes").stdout
    assert "needs you" in listed
    assert "001-a:x:b [bold]" in listed
    cwtui("confirm", "1", "--input-transform", "apple-log")
    shown = cwtui("probe", "1", "-p", "p").stdout
    assert "input transform apple-log" in shown
    for listing in (shown, cwtui("takes").stdout):
        assert "waits for" not in listing
        assert "unconfirmed" not in listing
        assert "needs you" not in listing
    assert cwtui.json("probe", "1", "-p", "p")["picture"]["input_transform"] == "apple-log"


def test_deliver_takes_the_kept_takes_and_says_so_before_it_starts(cwtui: Shell, small_take: Path) -> None:
    cwtui("new", "p")
    for name in ("a.MOV", "b.MOV"):
        with (cwtui.folder / name).open("wb") as file:
            file.write(small_take.read_bytes() + len(name + "x").to_bytes(4, "big") + b"free" + name.encode()[:1])
    cwtui("ingest", "a.MOV", "b.MOV", "--no-prepare")
    cwtui("retake", "2")
    made = cwtui("deliver", "podcast", "--json")
    assert "1 take: no take is kept: all except retakes, 1 left out" in made.stderr
    selection = json.loads(made.stdout)["selection"]
    assert [len(selection["takes"]), len(selection["left_out"])] == [1, 1]
    assert "none" in cwtui.json("deliver", "podcast", "--kept", code=2)["error"]["message"].lower()
