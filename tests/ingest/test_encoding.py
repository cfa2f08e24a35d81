"""A picture's encoding comes from the file or from the user: log and unknown curves need a confirmation."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.catalog import Encoding, Picture
from engine.errors import GateError, RequestError
from engine.ingest import Footage, inspect, picture_transform
from engine.ingest.encoding import DetectedEncoding, Tags, oblique_angle, read_encoding
from engine.ingest.log_hints import log_hint
from fixtures.atoms import Atom, rewrite, sample_entry, tracks
from fixtures.containers import grey_frame, write_clip

_GREY = grey_frame(np.full((64, 96), 120, np.uint8))


def _clip(path: Path, codec: str = "libx264", form: str = "yuv420p", tags: tuple[int, int, int] = (2, 2, 2)) -> Path:
    return write_clip(path, [_GREY.reformat(format=form)] * 2, codec, pixel_format=form, tags=tags)


def _picture(footage: Footage) -> Picture:
    assert footage.probe.picture is not None
    return footage.probe.picture


@pytest.mark.parametrize(
    ("tags", "encoding"),
    [
        ((9, 18, 9), Encoding.HLG),
        ((9, 16, 9), Encoding.PQ),
        ((1, 13, 1), Encoding.SRGB),
        ((1, 1, 1), Encoding.REC709),
        ((6, 6, 6), Encoding.REC709),
        ((9, 14, 9), Encoding.REC709),
        ((9, 15, 9), Encoding.REC709),
        ((2, 2, 2), Encoding.REC709),
        ((1, 2, 1), Encoding.REC709),
    ],
)
def test_known_curves_are_read_and_missing_tags_mean_rec709(tags: tuple[int, int, int], encoding: Encoding) -> None:
    assert read_encoding(Tags(*tags, codec="hevc")) == DetectedEncoding(encoding)


@pytest.mark.parametrize("transfer", [0, 3, 4, 5, 7, 8, 9, 10, 12, 17, 19, 255])
def test_a_curve_without_a_transform_needs_an_answer(transfer: int) -> None:
    detected = read_encoding(Tags(1, transfer, 1, codec="h264"))
    assert (detected.encoding, detected.suggested) == (None, None)
    assert f"transfer code {transfer} " in detected.question


@pytest.mark.parametrize(
    ("name", "codec", "form", "tags", "suggested"),
    [
        ("log.mov", "prores_ks", "yuv422p10le", (9, 2, 9), Encoding.APPLE_LOG),
        ("wide.mp4", "libx265", "yuv420p10le", (9, 2, 9), None),
        ("panasonic.mp4", "libx264", "yuv420p", (1, 9, 1), None),
        ("linear.mkv", "ffv1", "yuv444p10le", (1, 8, 1), None),
    ],
)
def test_an_unknown_curve_is_a_gate_error_with_a_suggestion(
    tmp_path: Path, name: str, codec: str, form: str, tags: tuple[int, int, int], suggested: Encoding | None
) -> None:
    footage = inspect(_clip(tmp_path / name, codec, form, tags))
    picture = _picture(footage)
    assert (picture.encoding, picture.input_transform) == (None, None)
    assert picture.suggested_input_transform is suggested
    with pytest.raises(GateError) as error:
        picture_transform(footage, None)
    assert f"--input-transform {suggested or 'T'}" in error.value.hint
    assert picture_transform(footage, Encoding.REC709) is Encoding.REC709


def test_a_log_curve_in_the_metadata_needs_an_answer(tmp_path: Path) -> None:
    path = _clip(tmp_path / "sony.mov", tags=(1, 1, 1))
    assert _picture(inspect(path)).input_transform is Encoding.REC709
    xml = b'<AcquisitionRecord><Item name="CaptureGammaEquation" value="s-log3-cine"/></AcquisitionRecord>'
    rewrite(path, lambda moov: moov.inside.append(Atom("meta", bytes(4) + Atom("xml ", bytes(4) + xml).to_bytes())))
    footage = inspect(path)
    assert _picture(footage).encoding is None
    with pytest.raises(GateError, match=r"has the log curve “s-log3-cine” in its metadata: choose its input transform"):
        picture_transform(footage, None)


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("com.apple.proapps.customgamma", "com.apple.rec2020.apple-log", True),
        ("com.panasonic.gamma", "V-Log", True),
        ("com.dji.color_mode", "D-Log M", True),
        ("gamma", "C-Log 3", True),
        ("transfer", "S-Log3/S-Gamut3.Cine", True),
        ("title", "vlog", False),
        ("comment", "My V-Log day", False),
        ("gamma", "Rec709", False),
        ("catalog", "vlog of May", False),
    ],
)
def test_log_curves_are_read_from_the_metadata_keys_of_cameras(
    tmp_path: Path, key: str, value: str, found: bool
) -> None:
    (tmp_path / "none").touch()
    assert log_hint(tmp_path / "none", [{key: value}]) == (value if found else "")


def test_apple_log_in_the_metadata_alone_is_suggested() -> None:
    tags = Tags(9, 2, 9, codec="hevc", log_hint="com.apple.rec2020.apple-log")
    assert read_encoding(tags).suggested is Encoding.APPLE_LOG
    assert read_encoding(Tags(1, 1, 1, codec="hevc", log_profile="com.maker.x-log")).encoding is None


def _with_boxes(path: Path, *boxes: Atom) -> Path:
    def add(moov: Atom) -> None:
        sample_entry(tracks(moov, "vide")[0]).inside.extend(boxes)

    rewrite(path, add)
    return path


def _dolby_vision(profile: int, compatibility: int) -> Atom:
    bits = profile << 17 | 5 << 11 | 1 << 10 | 1 << 8 | compatibility << 4
    return Atom("dvvC" if profile > 7 else "dvcC", b"\1\0" + bits.to_bytes(3, "big") + bytes(19))


@pytest.mark.parametrize(
    ("profile", "compatibility", "name", "base"),
    [
        (8, 1, "profile 8.1", "HDR10 base layer"),
        (8, 4, "profile 8.4", "HLG base layer"),
        (7, 6, "profile 7", "HDR10 base layer"),
    ],
)
def test_dolby_vision_is_read_from_its_base_layer(
    tmp_path: Path, profile: int, compatibility: int, name: str, base: str
) -> None:
    path = _clip(tmp_path / "dv.mov", "libx265", "yuv420p10le", (9, 16, 9))
    footage = inspect(_with_boxes(path, _dolby_vision(profile, compatibility)))
    vision = _picture(footage).dolby_vision
    assert vision is not None
    assert (vision.name, vision.base) == (name, base)
    assert picture_transform(footage, None) is Encoding.PQ


def test_dolby_vision_without_a_base_layer_is_refused_for_pictures(tmp_path: Path) -> None:
    path = _clip(tmp_path / "five.mov", "libx265", "yuv420p10le", (9, 16, 9))
    footage = inspect(_with_boxes(path, _dolby_vision(5, 0)))
    assert _picture(footage).unsupported is not None
    assert any("profile 5" in note for note in footage.probe.notes)
    for answer in (None, Encoding.PQ):
        with pytest.raises(RequestError, match=r"five is Dolby Vision profile 5: it has no base layer"):
            picture_transform(footage, answer)


def test_hdr10_metadata_is_read(tmp_path: Path) -> None:
    light = "master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400"
    options = {"x265-params": light}
    frames = [_GREY.reformat(format="yuv420p10le")] * 2
    for name in ("hdr.mp4", "hdr.mkv"):
        path = write_clip(
            tmp_path / name, frames, "libx265", pixel_format="yuv420p10le", tags=(9, 16, 9), options=options
        )
        found = _picture(inspect(path)).hdr_metadata
        assert found is not None
        assert found.red == (Fraction(34, 50), Fraction(16, 50))
        assert (found.black, found.peak, found.max_cll, found.max_fall) == (Fraction(1, 10_000), 1000, 1000, 400)
    assert _picture(inspect(_clip(tmp_path / "sdr.mp4"))).hdr_metadata is None


def test_stereo_views_are_counted_and_noted(tmp_path: Path) -> None:
    path = _clip(tmp_path / "spatial.mov", "libx265", "yuv420p10le", (1, 1, 1))
    footage = inspect(_with_boxes(path, Atom("vexu", Atom("eyes").to_bytes())))
    assert _picture(footage).views == 2
    assert any("stereo (MV-HEVC)" in note for note in footage.probe.notes)


@pytest.mark.parametrize(("degrees", "refused"), [(0, False), (0.4, False), (30, True), (-135, True), (90, False)])
def test_an_oblique_rotation_is_refused(tmp_path: Path, degrees: float, refused: bool) -> None:
    path = _clip(tmp_path / "tilted.mov")
    angle = np.radians(degrees)
    numbers = [round(float(value) * 65536) for value in (np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle))]
    a, b, c, d = numbers

    def tilt(moov: Atom) -> None:
        header = tracks(moov, "vide")[0].child("tkhd")
        header.head = header.head[:40] + struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30) + header.head[76:]

    rewrite(path, tilt)
    footage = inspect(path)
    assert (_picture(footage).unsupported is not None) == refused
    if refused:
        with pytest.raises(RequestError, match=r"tilted is rotated by [+-]\d+ degrees beyond a quarter turn"):
            picture_transform(footage, None)


def test_an_angle_is_measured_from_the_nearest_quarter_turn() -> None:
    assert oblique_angle((0.0, 1.0, -1.0, 0.0)) == 0
    assert oblique_angle((0.866, 0.5, -0.5, 0.866)) == pytest.approx(30, abs=0.01)


def test_dolby_vision_in_matroska_is_read(tmp_path: Path) -> None:
    source = _with_boxes(_clip(tmp_path / "dv.mov", "libx265", "yuv420p10le", (9, 16, 9)), _dolby_vision(8, 1))
    path = tmp_path / "dv.mkv"
    with av.open(str(source)) as original, av.open(str(path), "w") as copy:
        stream = copy.add_stream_from_template(original.streams.video[0])
        for packet in original.demux(original.streams.video[0]):
            if packet.size:
                packet.stream = stream
                copy.mux(packet)
    vision = _picture(inspect(path)).dolby_vision
    assert vision is not None
    assert vision.name == "profile 8.1"
