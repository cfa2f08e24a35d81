"""Commands overwrite files only with --replace, and never footage."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cwtui.cli import app
from engine.errors import FileInTheWayError, RequestError

COMMANDS = {
    "frame {take} -o {out}": "png",
    "sheet {take} -o {out}": "png",
    "loudness {take} --series {out}": "json",
    "loudness {take} --report {folder}": "png",
    "clean {take} -o {out}": "wav",
    "listen {take} --with {take} -o {out}": "wav",
    "captions {take} -o {out}": "srt",
    "diarize {take} -o {out}": "rttm",
}


def run(command: str, take: Path, out: Path, *options: str) -> BaseException | None:
    arguments = [word.format(take=take, out=out, folder=out.parent) for word in command.split()]
    return CliRunner().invoke(app, [*arguments, *options]).exception


@pytest.mark.parametrize(("command", "suffix"), COMMANDS.items())
def test_existing_files_are_refused_and_footage_even_with_replace(
    small_take: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, suffix: str
) -> None:
    monkeypatch.setenv("CWTUI_STUDIO", str(tmp_path / "studio"))
    out = tmp_path / f"loudness.{suffix}"
    out.write_bytes(b"mine")
    error = run(command, small_take, out)
    assert isinstance(error, FileInTheWayError)
    assert str(out) in error.message
    assert "--replace" in error.hint
    assert out.read_bytes() == b"mine"
    out.unlink()
    take = tmp_path / "take.MOV"
    shutil.copyfile(small_take, take)
    for link in (os.link, os.symlink):
        link(take, out)
        error = run(command, take, out, "--replace")
        assert isinstance(error, RequestError)
        assert "originals are never overwritten" in error.message
        assert out.samefile(take)
        out.unlink()


def test_replace_overwrites_an_existing_file(small_take: Path, tmp_path: Path) -> None:
    out = tmp_path / "frame.png"
    out.write_bytes(b"mine")
    assert run("frame {take} -o {out} --replace", small_take, out) is None
    assert out.read_bytes().startswith(b"\x89PNG")
    assert isinstance(run("frame {take} -o {out}", small_take, out), FileInTheWayError)
