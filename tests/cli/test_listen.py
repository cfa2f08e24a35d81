"""The listen and drift commands."""

from __future__ import annotations

import json
import os
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cwtui.remote_copy import copy_command
from engine.sound import measure_file, read_blocks
from fixtures import clips
from fixtures.recorder import SoundTrack
from tests.waiting import wait_until

from .shell import CWTUI, Shell

# A fake mpv: records its arguments, listens on the IPC socket, and runs until it receives "quit".
_MPV = """#!{python}
import json, os, socket, sys
(address,) = [word.split("=", 1)[1] for word in sys.argv if word.startswith("--input-ipc-server=")]
keys = [open(word.split("=", 1)[1]).read() for word in sys.argv if word.startswith("--input-conf=")]
with open({record!r}, "w") as file:
    json.dump({{"words": sys.argv[1:], "keys": keys}}, file)
listening = socket.socket(socket.AF_UNIX)
listening.bind(address)
listening.listen()
while listening.accept()[0].recv(100) != b"quit":
    pass
"""
_FFPLAY = """#!{python}
import json, os, sys, time
with open({record!r} + ".new", "w") as file:
    json.dump({{"words": sys.argv[1:]}}, file)
os.rename({record!r} + ".new", {record!r})
time.sleep(5)
"""


def hum(level: float, channels: int = 2) -> Any:
    wave = level * np.sin(2 * np.pi * 440 * np.arange(3 * 48_000) / 48_000)
    return np.repeat(wave[None], channels, axis=0).astype(np.float32)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """A take whose second sound track is the first, delayed by 10 ms."""
    rng = np.random.default_rng(1)
    first = (rng.standard_normal((2, 3 * 48_000)) * 0.1).astype(np.float32)
    late = np.roll(first, 480, axis=1)
    return clips.take_with(
        tmp_path / "IMG_0401.MOV", [SoundTrack(first, "pcm_s16le"), SoundTrack(late, "pcm_s16le")], 3
    )


@pytest.fixture
def cleaned(tmp_path: Path) -> Path:
    """A much quieter mono file, as the other version."""
    return clips.tone(tmp_path / "cleaned.wav", 3, level_dbfs=-40, channels=1)


@pytest.fixture
def desktop(cwtui: Shell) -> Iterator[Path]:
    """The PATH folder for fake players, on a machine with a display and an audio output."""
    outside = cwtui.folder / "outside"
    (outside / "pulse").mkdir(parents=True)
    os.chdir(outside)
    with socket.socket(socket.AF_UNIX) as screen, socket.socket(socket.AF_UNIX) as speaker:
        screen.bind("wayland-0")
        screen.listen()
        speaker.bind("pulse/native")
        speaker.listen()
        cwtui.environment |= {
            "PATH": str(outside),
            "XDG_RUNTIME_DIR": str(outside),
            "WAYLAND_DISPLAY": "wayland-0",
            "DISPLAY": "",
        }
        yield outside


def put_player(folder: Path, name: str, script: str) -> Path:
    """Creates a fake player; returns the file in which it records its arguments."""
    record = folder / "called.json"
    program = folder / name
    program.write_text(script.format(python=os.path.realpath(CWTUI).replace("cwtui", "python"), record=str(record)))
    program.chmod(0o755)
    return record


def quit_player(address: str) -> None:
    with socket.socket(socket.AF_UNIX) as player:
        player.connect(address)
        player.sendall(b"quit")


def test_mpv_gets_both_versions_and_a_key_for_each(cwtui: Shell, take: Path, cleaned: Path, desktop: Path) -> None:
    record = put_player(desktop, "mpv", _MPV)
    opened = cwtui.json("listen", take, "--with", cleaned, "--at", "0.5")
    quit_player(opened["socket"])

    called = json.loads(record.read_text())
    difference = opened["lufs"][0] - opened["lufs"][1]
    assert opened["gains_db"] == [pytest.approx(-difference, abs=0.01), 0]
    assert (opened["switches"], opened["hears"]) == (True, "cleaned")
    assert called["words"][-2:] == ["--", str(take)]
    # The take has two tracks, so the added file is track 3.
    assert {f"--audio-files-append={cleaned}", "--aid=3", "--vid=no", "--start=0.500"} <= set(called["words"])
    first, second = called["keys"][0].splitlines()
    assert first.startswith('a af set ""; set aid 1; af set lavfi=[pan=stereo|c0=1*c0|c1=1*c1,volume=-')
    assert second.startswith('b af set ""; set aid 3; af set lavfi=[pan=stereo|c0=1*c0|c1=1*c0,volume=0.00dB]')


def test_a_single_track_is_played_without_a_second_version(cwtui: Shell, take: Path, desktop: Path) -> None:
    record = put_player(desktop, "mpv", _MPV)
    opened = cwtui.json("listen", take, "--track", "2")
    quit_player(opened["socket"])
    assert "--aid=2" in json.loads(record.read_text())["words"]
    assert (opened["switches"], opened["with"], opened["hears"]) == (False, None, "original")


def test_a_player_that_cannot_switch_is_reported(cwtui: Shell, take: Path, cleaned: Path, desktop: Path) -> None:
    record = put_player(desktop, "ffplay", _FFPLAY)
    output = cwtui("listen", take, "--with", cleaned, "--side", "original").stdout
    # It has no socket: the command ends while it may still start.
    wait_until(record.exists)
    arguments = json.loads(record.read_text())["words"]
    assert arguments[arguments.index("-i") + 1] == str(take)
    assert arguments[arguments.index("-ast") + 1] == "a:0"
    assert "volume=-" in arguments[arguments.index("-af") + 1]
    assert "ffplay cannot switch" in output
    assert "-o ab.wav" in output


def test_without_a_display_or_audio_output_the_error_names_the_machine(
    cwtui: Shell, take: Path, cleaned: Path, desktop: Path
) -> None:
    put_player(desktop, "mpv", _MPV)
    cwtui.environment["WAYLAND_DISPLAY"] = ""
    error = cwtui.json("listen", take, "--with", cleaned, code=1)["error"]
    assert os.uname().nodename in error["message"]
    assert "-o ab.wav" in error["hint"]
    if not list(Path("/dev/snd").glob("pcm*p")):
        cwtui.environment |= {"WAYLAND_DISPLAY": "wayland-0", "PULSE_SERVER": "", "PIPEWIRE_REMOTE": ""}
        (desktop / "pulse" / "native").unlink()
        error = cwtui.json("listen", take, "--with", cleaned, code=1)["error"]
        assert "No sound device" in error["message"]
        assert os.uname().nodename in error["message"]


def test_both_versions_alternate_in_a_file_at_equal_loudness(cwtui: Shell, tmp_path: Path) -> None:
    loud = clips.take_with(tmp_path / "IMG_0402.MOV", [SoundTrack(hum(0.5), "pcm_s16le")], 3)
    quiet = clips.tone(tmp_path / "quiet.wav", 3, frequency=440, level_dbfs=-30, channels=1)
    result = cwtui.json(
        "listen", loud, "--with", quiet, "-o", "ab.wav", "--every", "0.5", "--at", "0.25", "--to", "2.75"
    )

    assert [turn["name"] for turn in result["turns"]] == ["original", "cleaned"] * 2 + ["original"]
    assert result["turns"][1] == {"start": [1, 2], "end": [1, 1], "name": "cleaned"}
    labels = (tmp_path / "ab.labels.txt").read_text().splitlines()
    assert labels[1] == "0.500000\t1.000000\tcleaned"
    assert result["gains_db"][1] == 0
    samples = np.concatenate(list(read_blocks(tmp_path / "ab.wav")))
    assert len(samples) == 120_000
    levels = [np.sqrt(np.mean(samples[at + 1000 : at + 23_000, 0] ** 2)) for at in range(0, 120_000, 24_000)]
    assert levels == pytest.approx([levels[0]] * 5, rel=0.01)
    assert measure_file(tmp_path / "ab.wav").true_peak_dbtp == pytest.approx(-30, abs=0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "ab.wav"], "-o needs two versions"),
        (["--with", "cleaned.wav", "--preset", "dialog"], "cannot be combined"),
        (["--with", "cleaned.wav", "-o", "ab.mp3"], "cannot contain WAV"),
        (["--with", "cleaned.wav", "-o", "cleaned.wav"], "is the footage itself"),
        (["--with", "cleaned.wav", "-o", "ab.wav", "--every", "0"], "--every must be greater than 0"),
        (["--with", "cleaned.wav", "-o", "ab.wav", "--at", "9"], "no sound to play from 9 s"),
        (["--track", "7"], "no sound track 7"),
        (["--with", "gone.wav", "-o", "ab.wav"], "gone.wav not found"),
    ],
)
def test_invalid_listen_options_are_refused(
    cwtui: Shell, take: Path, cleaned: Path, arguments: list[str], message: str
) -> None:
    assert message in cwtui.json("listen", take, *arguments, code=2)["error"]["message"]
    assert not (cwtui.folder / "ab.wav").exists()


def test_drift_between_two_tracks_of_a_take(cwtui: Shell, take: Path) -> None:
    found = cwtui.json("drift", take)
    assert found["tracks"] == [1, 2]
    assert found["offset"][0] / found["offset"][1] == pytest.approx(0.01, abs=1e-4)
    assert abs(found["ppm"]) < 5
    assert "10.0" in cwtui("drift", take).stdout


def test_drift_without_two_related_tracks_fails(cwtui: Shell, take: Path, cleaned: Path) -> None:
    assert "No common sound" in cwtui.json("drift", take, cleaned, code=1)["error"]["message"]
    assert "Both are the same track" in cwtui.json("drift", take, "--other-track", "1", code=2)["error"]["message"]
    assert "only one sound track" in cwtui.json("drift", cleaned, code=2)["error"]["message"]


def test_a_stage_is_written_with_and_without_it_or_alone(cwtui: Shell, take: Path) -> None:
    cwtui.environment["SSH_CONNECTION"] = ""
    options = ("--stage", "rumble", "--bypass", "isolation", "--at", "1")
    both = cwtui.json("listen", take, *options, "-o", "stage.wav")
    assert both["comparison"]["names"] == ["with rumble", "without rumble", "removed by rumble"]
    assert (both["start"], both["end"]) == ([0, 1], [3, 1])
    assert "with rumble" in (cwtui.folder / "stage.labels.txt").read_text()
    alone = cwtui.json("listen", take, *options, "--removed", "-o", "removed.wav")
    assert alone["hears"] == "removed by rumble"
    assert (cwtui.folder / "removed.wav").stat().st_size > 100_000
    assert "--stage isolation" in cwtui.json("listen", take, "--removed", code=2)["error"]["hint"]


def test_a_file_is_fetched_from_the_address_of_the_ssh_session() -> None:
    path = Path("/studio/a b.wav")
    session = {"SSH_CONNECTION": "10.0.0.7 50122 10.0.0.2 22"}
    command = copy_command(path, session, "mara")
    assert command
    program, source, target = shlex.split(command)
    assert (program, source, target) == ("scp", "mara@10.0.0.2:/studio/a b.wav", ".")
    assert copy_command(path, {"SSH_CONNECTION": "fe80::1 50122 fe80::2 2222"}, "mara") == (
        "scp -P 2222 'mara@[fe80::2]:/studio/a b.wav' ."
    )
    assert copy_command(path, {}) is None
    assert copy_command(Path("/home/mara/a.wav"), session, "mara", Path("/home/mara")) == "scp mara@10.0.0.2:a.wav ."
