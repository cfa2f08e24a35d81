"""Sound is heard at the playhead, side by side; over SSH it is written into a file."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from textual.widgets import Static

from cwtui.console.dialogs.file_written import FileWritten
from cwtui.console.screens.sound.screen import SoundScreen
from cwtui.console.screens.sound.sound_summary import SoundSummary
from engine.catalog import JobState, Take
from engine.sound import load_preset, read_blocks, read_comparison
from engine.sound.comparison import write_sides
from engine.studio import Studio

from ...pilot import key_hints, open_console, press, wait_until, wait_until_idle
from ...sample_studio import clean_job

PLAYER = Path(__file__).parents[2] / "workers" / "mpv.py"


@pytest.fixture
def cleaned_studio(studio_folder: Path) -> Path:
    """The prepared studio with a cleaned first take."""
    studio = Studio(studio_folder)
    take = first_take(studio)
    job = clean_job(studio, studio.project(None), take)
    studio.catalog.queue.submit([job])
    studio.close()
    return studio_folder


def first_take(studio: Studio) -> Take:
    return studio.takes(studio.project(None))[0]


class Loudspeaker:
    """A sound server that accepts connections, and a fake mpv on PATH."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        (folder / "pulse").mkdir()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "pulse" / "native"))
        program = folder / "mpv"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} {PLAYER} "$@"\n')
        program.chmod(0o755)
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        patch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def commands(self) -> list[list[Any]]:
        (window,) = self.folder.rglob("*.sock")
        return [json.loads(line) for line in window.with_suffix(".hint").read_text().splitlines()]

    def send(self, *command: Any) -> None:
        (window,) = self.folder.rglob("*.sock")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(window))
            client.sendall(json.dumps({"command": command}).encode() + b"\n")
            client.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._server.close()


@pytest.fixture
def loudspeaker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loudspeaker]:
    with TemporaryDirectory(prefix="cw") as name:
        loudspeaker = Loudspeaker(Path(name), monkeypatch)
        yield loudspeaker
        loudspeaker.close()


def sound_screen(app: object) -> SoundScreen:
    screen = getattr(app, "mode_screen", None)
    assert isinstance(screen, SoundScreen)
    return screen


def summary(screen: SoundScreen) -> str:
    return screen.query_one(SoundSummary).render().plain


async def test_both_sides_are_heard_at_the_playhead(cleaned_studio: Path, loudspeaker: Loudspeaker) -> None:
    async with open_console(cleaned_studio, size=(160, 40), screen="sound", playhead=Fraction(1)) as (app, pilot):
        screen = sound_screen(app)
        assert screen.at == 1
        await press(app, pilot, "a")
        assert "Nothing plays. Press l to listen." in key_hints(app)
        await press(app, pilot, "l")
        await wait_until(pilot, lambda: "cleaned   a raw" in summary(screen))
        assert "dB louder than" in summary(screen)
        await press(app, pilot, "a")
        await wait_until(pilot, lambda: ["af-command", "sides", "map", "0"] in loudspeaker.commands())
        assert "raw   a cleaned" in summary(screen)
        await press(app, pilot, "l")
        await wait_until(pilot, lambda: ["set_property", "pause", False] in loudspeaker.commands())
        loudspeaker.send("seek", 0.5)
        await wait_until(pilot, lambda: screen.at == Fraction(1, 2))
        assert "▸ raw" in summary(screen)
        await press(app, pilot, "0")
        await wait_until(pilot, lambda: ["seek", 0.0, "absolute+exact"] in loudspeaker.commands())
        # The side that was selected is in the filter that the seek starts again.
        filters = [command[2] for command in loudspeaker.commands() if command[:2] == ["set_property", "af"]]
        assert "astreamselect=inputs=2:map=0" in filters[-1]
        await press(app, pilot, "escape")
        assert screen._listening.sounding is None
        assert "raw" not in summary(screen)


async def test_over_ssh_the_comparison_is_a_file_and_a_command_that_fetches_it(
    cleaned_studio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.7 50122 10.0.0.2 2222")
    monkeypatch.setenv("LOGNAME", "mara")
    async with open_console(cleaned_studio, screen="sound") as (app, pilot):
        app.link.remote = True
        await press(app, pilot, "l")
        await wait_until(pilot, lambda: isinstance(app.screen, FileWritten))
        await press(app, pilot, "y")
        (written,) = (cleaned_studio / app.snapshot.project.folder / "listening").glob("*.wav")  # type: ignore[union-attr]
        assert app.clipboard == f"scp -P 2222 mara@10.0.0.2:{written} ."
        samples = sum(len(block) for block in read_blocks(written))
        assert app.take
        assert samples / 48_000 == pytest.approx(float(app.take.probe.duration), abs=0.1)
        assert "raw" in written.with_suffix(".labels.txt").read_text()
        await press(app, pilot, "escape")


@pytest.mark.skipif(sys.platform == "darwin", reason="each Mac has a sound device")
async def test_without_a_sound_device_the_comparison_is_a_file(
    cleaned_studio: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PULSE_SERVER", "PIPEWIRE_REMOTE", "XDG_RUNTIME_DIR", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("engine.player.audio_check._DEVICES", tmp_path)
    async with open_console(cleaned_studio, screen="sound") as (app, pilot):
        await press(app, pilot, "l")
        await wait_until(pilot, lambda: isinstance(app.screen, FileWritten))
        assert "This machine has no sound output. The file alternates" in str(
            app.screen.query_one("#place", Static).render()
        )
        await press(app, pilot, "y")
        assert Path(app.clipboard).is_file()


async def test_a_stage_is_heard_with_and_without_it(cleaned_studio: Path, loudspeaker: Loudspeaker) -> None:
    studio = Studio(cleaned_studio)
    take = first_take(studio)
    request = studio.tasks.audition_request(studio.subject_of(take), load_preset("dialog"), "rumble", Fraction(0))
    path = studio.artifact_folder(take.id) / "auditions" / f"{request.id}.flac"
    noise = np.random.default_rng(1).standard_normal((48_000, 1)).astype(np.float32) * 0.05
    names = ("with rumble", "without rumble", "removed by rumble")
    write_sides(names, [[noise], [noise * 2], [noise]], path, Fraction(0), (0, -6, 14))
    made = read_comparison(path)
    assert made
    result = {"path": str(path.relative_to(studio.folder)), "comparison": made.model_dump(mode="json")}
    studio.catalog.queue.submit([request.as_job().model_copy(update={"state": JobState.DONE, "result": result})])
    studio.close()
    async with open_console(cleaned_studio, size=(160, 40), screen="sound") as (app, pilot):
        screen = sound_screen(app)
        assert screen.stage == "rumble"
        await press(app, pilot, "s")
        await wait_until(pilot, lambda: "with rumble" in summary(screen))
        assert "without rumble was 6.0 dB louder than with rumble: matched" in summary(screen)
        await press(app, pilot, "a")
        await wait_until(pilot, lambda: ["af-command", "sides", "map", "1"] in loudspeaker.commands())
        await press(app, pilot, "d")
        await wait_until(pilot, lambda: "removed by rumble" in summary(screen))
        assert "raised by 20.0 dB" in summary(screen)
        await press(app, pilot, "d")
        await wait_until(pilot, lambda: "removed by rumble" not in summary(screen))
        await press(app, pilot, "G", "s")
        assert "Select a stage" in key_hints(app)
        await wait_until_idle(app, pilot)
