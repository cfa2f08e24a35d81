"""The frame, render, sheet and view commands."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from engine.picture import read_exr
from engine.resources import resource_root
from fixtures import clips
from fixtures.curves import REC709

from .shell import CWTUI, Shell

# A fake mpv: records its arguments, listens on the IPC socket, and runs until it receives "quit".
_PLAYER = """#!{python}
import json, os, socket, sys
with open({record!r}, "w") as file:
    json.dump({{"words": sys.argv[1:], "session": os.getsid(0), "pid": os.getpid()}}, file)
(address,) = [word.split("=", 1)[1] for word in sys.argv if word.startswith("--input-ipc-server=")]
listening = socket.socket(socket.AF_UNIX)
listening.bind(address)
listening.listen()
while listening.accept()[0].recv(100) != b"quit":
    pass
"""


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return clips.plain_take(tmp_path / "IMG_0101.MOV", 128, 72, 30, 1)


def test_a_frame_has_the_requested_format(cwtui: Shell, take: Path) -> None:
    cwtui("frame", take, "--at", "0.5", "-o", "half.exr")
    cwtui("frame", take, "--at", ".5", "-o", "float.exr", "--float", "--compression", "htj2k")

    np.testing.assert_array_equal(
        read_exr(cwtui.folder / "half.exr").pixels, read_exr(cwtui.folder / "float.exr").pixels
    )
    with OpenEXR.File(str(cwtui.folder / "float.exr")) as file:
        header = dict(file.header())
        assert file.channels()["RGB"].pixels.dtype == np.float32
    assert header["cleanwater:source"] == take.name
    assert header["cleanwater:tick"] == "15"
    assert header["cleanwater:time"] == "1/2"
    assert header["cleanwater:inputTransform"] == "rec709"
    assert header["cleanwater:view"] == "none"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "a.png", "--float"], "a.png is a PNG"),
        (["-o", "a.exr", "--level", "90"], "zip has no level"),
        (["-o", "a.exr", "--compression", "dwaa", "--level", "-1"], "-1 is not a valid dwaa level"),
        (["-o", "a.jpg"], "a.jpg is neither"),
        (["-o", "a.exr", "--at", "9"], "there is no frame at 9 s"),
        (["-o", "a.exr", "--watch"], "--watch and --json cannot be combined"),
        (["-o", "a.exr", "--view", "aces"], "a.exr is an EXR"),
    ],
)
def test_invalid_frame_options_are_refused(cwtui: Shell, take: Path, arguments: list[str], message: str) -> None:
    assert message in cwtui.json("frame", take, *arguments, code=2)["error"]["message"]
    assert cwtui.files == [take.name]


def test_a_watched_frame_is_rendered_again_when_a_shader_is_saved(cwtui: Shell, take: Path) -> None:
    shader = resource_root("shaders") / "as_shot.wgsl"
    before = shader.stat()
    with subprocess.Popen(
        [CWTUI, "frame", str(take), "-o", "a.png", "--watch"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=cwtui.folder,
        env=cwtui.environment,
    ) as watching:
        assert watching.stdout
        try:
            assert "a.png" in watching.stdout.readline()
            (cwtui.folder / "a.png").unlink()
            os.utime(shader, ns=(before.st_atime_ns, before.st_mtime_ns + 1_000_000_000))
            assert "a.png" in watching.stdout.readline()
            assert (cwtui.folder / "a.png").is_file()
        finally:
            os.utime(shader, ns=(before.st_atime_ns, before.st_mtime_ns))
            watching.send_signal(signal.SIGINT)
        assert watching.wait() == 0


def test_stills_match_deliverables_unless_the_aces_view_is_chosen(cwtui: Shell, tmp_path: Path) -> None:
    """White of a screen recording, tagged sRGB, which deliverables keep at 255."""
    srgb = replace(REC709, transfer=13)
    white = clips.columns(tmp_path / "white.mov", np.full(128, 940, np.uint16), srgb, 72, 6)
    command = ("render", white, "--out", "0.05", "-o", "seq/shot.####.png")

    still = cwtui.json("frame", white, "-o", "still.png")
    cwtui.json("sheet", white, "-n", "1", "--width", "256", "-o", "sheet.png")
    graded = cwtui.json("frame", white, "-o", "aces.png", "--view", "aces")
    sequence = cwtui.json(*command, "--view", "aces")

    brightest = [
        int(np.asarray(Image.open(cwtui.folder / name)).max())
        for name in ("still.png", "sheet.png", "aces.png", "seq/shot.0000.png")
    ]
    assert brightest[:2] == [255, 255]
    assert max(brightest[2:]) < 190
    assert still["conversion"] == "sRGB handed through"
    assert graded["conversion"] == sequence["conversion"] == "sRGB to SDR by the ACES 2.0 view, 100 nits"
    # Existing frames of another view are not reused.
    assert "shot.0000.png" in cwtui.json(*command, code=2)["error"]["message"]


def test_a_frame_has_the_look_that_is_named(cwtui: Shell, take: Path) -> None:
    path = cwtui.studio / "looks" / "brighter.toml"
    path.parent.mkdir(parents=True)
    path.write_text('title = "Brighter"\n[exposure]\nstops = 1\n')
    cwtui("frame", take, "-o", "plain.exr")
    cwtui("frame", take, "-o", "looked.exr", "--look", "brighter")
    plain, looked = (read_exr(cwtui.folder / name).pixels for name in ("plain.exr", "looked.exr"))
    np.testing.assert_allclose(looked, plain * 2, rtol=1e-3, atol=1e-6)


def test_a_frame_is_measured(cwtui: Shell, take: Path) -> None:
    path = cwtui.studio / "looks" / "brighter.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text('title = "Brighter"\n[exposure]\nstops = 1.0\n')
    plain = cwtui.json("scopes", take)
    assert (plain["path"], plain["tick"], plain["view"]) == (None, 0, "sdr")
    brighter = cwtui.json("scopes", take, "--look", "brighter", "-o", "scopes.png")
    assert brighter["mean"] > plain["mean"]
    assert Image.open(cwtui.folder / "scopes.png").size == (1952, 1112)
    assert "Use a name such as scopes.png" in cwtui("scopes", take, "-o", "scopes.exr", code=2).stderr
    assert "Choose a time within it" in cwtui("scopes", take, "--at", "999", code=2).stderr


def test_a_range_is_rendered_to_numbered_frames_and_resumed(cwtui: Shell, take: Path) -> None:
    command = ("render", take, "--in", "0.1", "--out", "0.3", "-o", "seq [1]/shot.####.exr")
    first = cwtui.json(*command)

    folder = cwtui.folder / "seq [1]"
    names = [f"shot.{tick:04}.exr" for tick in range(3, 9)]
    assert (first["frames"], first["first_number"], first["found"]) == (6, 3, 0)
    assert sorted(path.name for path in folder.iterdir()) == [*names, "shot.frames.jsonl"]
    cwtui("frame", take, "--at", "0.1", "-o", "still.exr")
    np.testing.assert_array_equal(read_exr(folder / names[0]).pixels, read_exr(cwtui.folder / "still.exr").pixels)
    written = {name: (folder / name).read_bytes() for name in names}
    modified_at = (folder / names[0]).stat().st_mtime_ns
    (folder / names[2]).unlink()

    second = cwtui.json(*command)

    assert second["found"] == 5
    assert (folder / names[0]).stat().st_mtime_ns == modified_at
    assert {name: (folder / name).read_bytes() for name in names} == written


def test_existing_frames_are_overwritten_only_with_replace(cwtui: Shell, take: Path) -> None:
    command = ("render", take, "--out", "0.1", "-o", "seq/a_##.png")
    (cwtui.folder / "seq").mkdir()
    existing = cwtui.folder / "seq" / "a_01.png"
    existing.write_bytes(b"somebody's work")

    assert "a_01.png" in cwtui.json(*command, code=2)["error"]["message"]
    assert existing.read_bytes() == b"somebody's work"
    assert cwtui.json(*command, "--replace")["frames"] == 3
    with Image.open(existing) as picture:
        assert picture.size == (128, 72)
    Image.new("RGB", (128, 72)).save(existing)
    assert "a_01.png" in cwtui.json(*command, code=2)["error"]["message"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "seq/shot.exr"], "has no single place for the frame number"),
        (["-o", "seq/a##b##.exr"], "has no single place for the frame number"),
        (["-o", "seq/####.tif"], "neither .exr nor .png"),
        (["-o", "seq/####.exr", "--in", "3"], "not a valid stretch"),
        (["-o", "seq/####.exr", "--in", "0.5", "--out", "0.2"], "not a valid stretch"),
    ],
)
def test_invalid_sequence_options_are_refused(cwtui: Shell, take: Path, arguments: list[str], message: str) -> None:
    assert message in cwtui.json("render", take, *arguments, code=2)["error"]["message"]
    assert not (cwtui.folder / "seq").exists()


def test_rendering_all_of_a_long_take_needs_the_whole_option(cwtui: Shell) -> None:
    long_take = clips.plain_take(cwtui.folder / "long.MOV", 1920, 1080, 120, Fraction(3, 4), sound=False)
    error = cwtui.json("render", long_take, "-o", "seq/####.exr", code=2)["error"]
    assert "90 frames of long" in error["message"]
    assert "--whole" in error["hint"]


def test_render_uses_the_requested_input_transform(cwtui: Shell) -> None:
    log = clips.plain_take(cwtui.folder / "log.MOV", 128, 72, 30, Fraction(1, 5), codec="hevc")
    command = ("render", log, "-o", "seq/##.exr", "--input-transform")
    used = {}
    for transform in ("hlg", "apple-log"):
        used[transform] = cwtui.json(*command, transform, "--replace")["input_transform"]
    assert used == {"hlg": "hlg", "apple-log": "apple-log"}


def test_a_sheet_shows_each_take_and_a_strip_the_frames_of_one(cwtui: Shell, take: Path) -> None:
    upright = clips.plain_take(cwtui.folder / "IMG_0102.MOV", 128, 72, 30, 1, rotation=-90)

    sheet = cwtui.json("sheet", take, upright, "-o", "sheet.png", "--width", "640")
    strip = cwtui.json("sheet", take, "--strip", "--count", "5", "-o", "strip.png", "--width", "600")

    assert [picture["take"] for picture in sheet["pictures"]] == ["IMG_0101", "IMG_0102"]
    assert [picture["tick"] for picture in strip["pictures"]] == [3, 9, 15, 21, 27]
    for name, summary in (("sheet.png", sheet), ("strip.png", strip)):
        with Image.open(cwtui.folder / name) as picture:
            assert picture.size == (summary["width"], summary["height"])
    assert (sheet["width"], strip["width"]) == (640, 600)
    before = (cwtui.folder / "sheet.png").read_bytes()
    cwtui("sheet", take, upright, "-o", "sheet.png", "--width", "640", "--replace")
    assert (cwtui.folder / "sheet.png").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-o", "sheet.jpg"], "not a .png"),
        (["--every", "0.0001"], "not possible"),
        (["--count", "30", "--strip", "--width", "300"], "do not fit"),
        (["--count", "30", "--columns", "30", "--width", "300"], "columns leave"),
    ],
)
def test_invalid_sheet_options_are_refused(cwtui: Shell, take: Path, arguments: list[str], message: str) -> None:
    assert message in cwtui.json("sheet", take, *arguments, code=2)["error"]["message"]
    assert cwtui.files == [take.name]


@pytest.fixture
def desktop(cwtui: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A machine with a display and a fake mpv; the file in which mpv records its arguments."""
    outside = cwtui.folder / "outside"
    outside.mkdir()
    record = outside / "called.json"
    mpv = outside / "mpv"
    mpv.write_text(_PLAYER.format(python=os.path.realpath(CWTUI).replace("cwtui", "python"), record=str(record)))
    mpv.chmod(0o755)
    # Socket paths are limited in length, so use a relative one.
    monkeypatch.chdir(outside)
    with socket.socket(socket.AF_UNIX) as screen:
        screen.bind("wayland-0")
        screen.listen()
        cwtui.environment |= {
            "PATH": f"{outside}:{os.environ['PATH']}",
            "XDG_RUNTIME_DIR": str(outside),
            "WAYLAND_DISPLAY": "wayland-0",
            "DISPLAY": "",
        }
        yield record


def test_without_a_display_the_error_names_the_machine(cwtui: Shell, take: Path) -> None:
    cwtui.environment |= {"DISPLAY": "", "WAYLAND_DISPLAY": ""}
    error = cwtui.json("view", take, code=1)["error"]
    assert os.uname().nodename in error["message"]
    assert "cwtui frame" in error["hint"]
    cwtui.environment["WAYLAND_DISPLAY"] = "wayland-99"
    assert "does not respond" in cwtui.json("view", take, code=1)["error"]["message"]


def test_viewing_a_missing_proxy_fails(cwtui: Shell, take: Path, desktop: Path) -> None:
    cwtui.import_takes(take)
    assert "no proxy" in cwtui.json("view", "1", "--proxy", code=1)["error"]["message"]


def test_the_player_keeps_running_after_the_command_has_ended(cwtui: Shell, take: Path, desktop: Path) -> None:
    opened = cwtui.json("view", take, "--at", "0.5")

    called: dict[str, Any] = json.loads(desktop.read_text())
    assert (opened["player"], opened["shows"], opened["pid"]) == ("mpv", "original", called["pid"])
    assert called["session"] == called["pid"]
    assert called["words"][-2:] == ["--", str(take)]
    assert "--start=0.500" in called["words"]
    assert {"--no-ytdl", "--load-scripts=no", "--no-config"} <= set(called["words"])
    address = Path(opened["socket"])
    assert stat.S_IMODE(address.parent.stat().st_mode) == 0o700
    with socket.socket(socket.AF_UNIX) as player:
        player.connect(str(address))
        player.sendall(b"quit")


def test_view_opens_the_proxy_if_there_is_one(cwtui: Shell, take: Path, desktop: Path) -> None:
    # Without a speech model, there is no transcription, which would take longer than the proxy.
    cwtui.environment["CWTUI_SPEECH_MODEL"] = "none"
    cwtui("new", "p")
    cwtui("ingest", take)
    cwtui("jobs", "--watch")

    opened = cwtui.json("view", "1")

    assert (opened["shows"], opened["what"]) == ("proxy", "the proxy: SDR, Rec.709")
    assert Path(opened["path"]).is_file()
    with socket.socket(socket.AF_UNIX) as player:
        player.connect(opened["socket"])
        player.sendall(b"quit")
    # An earlier version's proxy of a screen recording, with white made grey by the ACES view.
    receipt = Path(opened["path"]).with_name("receipt.json")
    content = json.loads(receipt.read_text())
    content["deliveries"][0] |= {"input_transform": "srgb", "conversion": None}
    receipt.write_text(json.dumps(content))
    assert "no proxy" in cwtui.json("view", "1", "--proxy", code=1)["error"]["message"]
