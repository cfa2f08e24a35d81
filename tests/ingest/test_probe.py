"""The probe describes a file from its metadata, and rejects files that are not footage."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from engine.catalog import Encoding
from engine.errors import GateError, RequestError
from engine.ingest import inspect, picture_transform
from engine.picture import PictureSource, write_exr
from fixtures import clips
from fixtures.atoms import Atom, rewrite, tracks


def test_an_hlg_take_with_variable_rate_gets_a_constant_rate_grid(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0001.MOV"
    clips.flash_and_click(path)
    footage = inspect(path)
    picture, grid = footage.probe.picture, footage.grid
    assert picture is not None
    assert grid is not None
    assert (picture.encoding, picture.input_transform) == (Encoding.HLG, Encoding.HLG)
    assert (picture.primaries, picture.transfer, picture.matrix, picture.full_range) == (9, 18, 9, False)
    assert picture.variable_frame_rate
    assert picture.frame_rate == 30
    assert picture.frames == len(grid.pts) != len(grid.sources)
    assert footage.probe.duration == len(grid.sources) / Fraction(30)


@pytest.mark.parametrize("rotation", [0, 90, 180, -90])
@pytest.mark.parametrize("mirrored", [False, True])
def test_the_orientation_is_read_from_the_display_matrix(tmp_path: Path, rotation: int, mirrored: bool) -> None:
    path = tmp_path / "IMG_0002.MOV"
    clips.plain_take(path, 128, 64, Fraction(30), Fraction(1, 5), rotation=rotation, mirrored=mirrored)
    picture = inspect(path).probe.picture
    assert picture is not None
    assert (picture.rotation, picture.mirrored) == (rotation, mirrored)
    turned = abs(rotation) == 90
    assert (picture.width, picture.height) == (128, 64)
    assert (picture.display_width, picture.display_height) == ((64, 128) if turned else (128, 64))


def test_capture_data_is_read_from_the_metadata_of_the_camera(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0003.MOV"
    clips.plain_take(path, 64, 64, Fraction(30), Fraction(1, 5))
    probe = inspect(path).probe
    assert probe.original
    assert probe.capture.make == "Apple"
    assert probe.capture.time == datetime(2025, 6, 14, 7, 0, tzinfo=timezone(timedelta(hours=1)))
    assert probe.capture.location is not None


def test_tracks_that_cannot_be_decoded_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0004.MOV"
    clips.apac_lookalike(path)
    probe = inspect(path).probe
    assert [(track.codec, track.decodable) for track in probe.sound] == [("aac", True), ("apac", False)]
    assert any("apac" in note for note in probe.notes)


def test_files_with_only_sound_or_only_picture_are_footage(tmp_path: Path) -> None:
    clips.audio_only(tmp_path / "voice.m4a")
    clips.picture_only(tmp_path / "IMG_0005.MOV")
    voice, mute = inspect(tmp_path / "voice.m4a"), inspect(tmp_path / "IMG_0005.MOV")
    assert voice.probe.picture is None
    assert voice.grid is None
    assert voice.probe.duration > 0
    assert mute.probe.sound == ()
    assert mute.probe.picture is not None


def test_a_single_frame_is_footage(tmp_path: Path) -> None:
    clips.one_frame(tmp_path / "IMG_0006.MOV")
    probe = inspect(tmp_path / "IMG_0006.MOV").probe
    assert probe.picture is not None
    assert probe.picture.frames == 1
    assert probe.duration > 0


def test_a_colon_in_a_relative_name_is_not_a_protocol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    clips.one_frame(tmp_path / "12:30.MOV")
    footage = inspect(Path("12:30.MOV"))
    assert footage.probe.picture is not None
    with PictureSource(footage.path, footage.probe.picture) as source:
        assert source.planes_at(0).width == footage.probe.picture.width


def test_frames_half_an_hour_apart_are_footage(tmp_path: Path) -> None:
    path = tmp_path / "slides.MOV"
    clips.plain_take(path, seconds=Fraction(1, 10), sound=False)

    def linger(moov: Atom) -> None:
        track = tracks(moov, "vide")[0]
        track.inside = [atom for atom in track.inside if atom.kind != "edts"]
        table = track.child("mdia", "minf", "stbl")
        table.inside = [atom for atom in table.inside if atom.kind != "ctts"]
        unit = struct.unpack_from(">I", track.child("mdia", "mdhd").head, 12)[0]
        table.child("stts").head = struct.pack(">8I", 0, 3, 1, 2100 * unit, 1, 2300 * unit, 1, 10 * unit)

    rewrite(path, linger)
    footage = inspect(path)
    assert footage.probe.picture is not None
    assert footage.probe.picture.variable_frame_rate
    assert footage.probe.duration == pytest.approx(2100 + 2300 + 10, abs=1)


def test_an_exr_folder_is_a_take_described_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "A001").mkdir()
    for number in (1001, 1002, 1003):
        write_exr(tmp_path / "A001" / f"A001.{number}.exr", np.full((4, 6, 3), 0.18, np.float32), attributes={})
    footage = inspect(tmp_path / "A001")
    picture = footage.probe.picture
    assert picture is not None
    assert (picture.width, picture.height, picture.frames, picture.encoding) == (6, 4, 3, Encoding.EXR)
    assert any("framesPerSecond" in note for note in footage.probe.notes)


def test_a_single_exr_frame_is_read_without_the_others_in_its_folder(tmp_path: Path) -> None:
    for name, light in (("plain.exr", 3.0), ("s1.exr", 0.5)):
        write_exr(tmp_path / name, np.full((4, 6, 3), light, np.float32))
    footage = inspect(tmp_path / "plain.exr")
    assert footage.probe.picture is not None
    assert footage.probe.picture.encoding is Encoding.EXR
    with PictureSource(footage.path, footage.probe.picture) as source:
        assert float(source.planes_at(0).samples[0].max()) == 3.0


def test_log_is_detected_by_its_atom_and_never_guessed(log_take: Path) -> None:
    footage = inspect(log_take)
    picture = footage.probe.picture
    assert picture is not None
    assert (picture.encoding, picture.input_transform) == (Encoding.APPLE_LOG, None)
    assert picture.suggested_input_transform is Encoding.APPLE_LOG
    with pytest.raises(GateError, match="log is never guessed") as error:
        picture_transform(footage, None)
    assert "--input-transform apple-log" in error.value.hint
    assert picture_transform(footage, Encoding.APPLE_LOG_2) is Encoding.APPLE_LOG_2


def test_the_error_for_a_truncated_file_names_the_missing_index(tmp_path: Path) -> None:
    clips.truncated(tmp_path / "IMG_0008.MOV")
    with pytest.raises(RequestError, match=r"IMG_0008\.MOV is cut short: its index \(moov\)"):
        inspect(tmp_path / "IMG_0008.MOV")


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"", "is empty"), (b"Dear diary, today I filmed nothing.\n" * 40, "is not readable footage")],
)
def test_a_file_that_is_not_footage_is_refused_and_unchanged(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "IMG_0009.MOV"
    path.write_bytes(content)
    with pytest.raises(RequestError, match=r"IMG_0009\.MOV " + reason) as error:
        inspect(path)
    assert error.value.hint
    assert path.read_bytes() == content


def test_the_error_for_an_unreadable_file_has_the_chmod_command(tmp_path: Path) -> None:
    path = tmp_path / "IMG_0010.MOV"
    clips.one_frame(path)
    path.chmod(0)
    tmp_path.chmod(0o755)
    script = (
        "import os, sys; from pathlib import Path\n"
        "from engine.errors import EngineError; from engine.ingest import inspect\n"
        "os.geteuid() or os.seteuid(65534)\n"
        "try: inspect(Path(sys.argv[1]))\n"
        "except EngineError as error: print(error.message, '|', error.hint)\n"
    )
    # Root can read everything, so the child drops its privileges; pytest's folders above are made accessible.
    for folder in [*path.parents][:3]:
        folder.chmod(folder.stat().st_mode | 0o055)
    result = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert "Permission denied" in result.stdout
    assert "chmod u+r" in result.stdout


def test_unusual_file_names_are_accepted(tmp_path: Path) -> None:
    path = tmp_path / '-it\'s "my" clip 🎬 (1).MOV'
    clips.one_frame(path)
    assert inspect(path).name == '-it\'s "my" clip 🎬 (1)'
    assert os.listdir(tmp_path) == [path.name]
