"""Reading and writing OpenEXR."""

from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import EngineError, RequestError
from engine.picture import Compression, exr_info, read_exr, sequence_files, write_exr

REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)


def save(path: Path, channels: dict[str, np.ndarray], **header: object) -> Path:
    OpenEXR.File({"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, **header}, channels).write(
        str(path)
    )
    return path


def test_every_finite_half_survives_the_round_trip_bit_for_bit(tmp_path: Path) -> None:
    every = np.arange(65536, dtype=np.uint16).view(np.float16)
    pixels = np.resize(every[np.isfinite(every)], (100, 212, 3))

    write_exr(tmp_path / "a.exr", pixels)

    back = read_exr(tmp_path / "a.exr").pixels.astype(np.float16)
    np.testing.assert_array_equal(back.view(np.uint16), pixels.view(np.uint16))


def test_a_written_frame_has_its_metadata_in_the_header(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", np.zeros((3, 5, 4)), half=False, attributes={"cleanwater:source": "IMG “1”.MOV"})

    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        header = dict(file.header())
        assert set(file.channels()) == {"R", "G", "B", "A"}
        assert file.channels()["R"].pixels.dtype == np.float32
    assert header["cleanwater:source"] == "IMG “1”.MOV"
    assert header["chromaticities"] == pytest.approx((0.713, 0.293, 0.165, 0.830, 0.128, 0.044, 0.32168, 0.33767))
    assert header["compression"] == OpenEXR.ZIP_COMPRESSION
    assert [path.name for path in tmp_path.iterdir()] == ["a.exr"]


@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("compression", ["none", "zip", "htj2k"])
def test_lossless_compression_keeps_every_bit(tmp_path: Path, compression: Compression, half: bool) -> None:
    kind, bits = (np.float16, np.uint16) if half else (np.float32, np.uint32)
    noise = np.random.default_rng(0).integers(0, np.iinfo(bits).max, (37, 53, 3), bits).view(kind)
    pixels = np.where(np.isfinite(noise), noise, kind(0.18)).astype(kind)

    write_exr(tmp_path / "a.exr", pixels, half=half, compression=compression)

    with OpenEXR.File(str(tmp_path / "a.exr")) as file:
        back = file.channels()["RGB"].pixels
    np.testing.assert_array_equal(back.view(bits), pixels.view(bits))


def test_a_higher_dwaa_level_makes_a_smaller_file(tmp_path: Path) -> None:
    across, down = np.meshgrid(np.linspace(0, 4, 256), np.linspace(0, 3, 128))
    pixels = np.stack([np.sin(across) ** 2, np.cos(down) ** 2 * 12, across * down], -1)
    pixels += np.random.default_rng(0).normal(0, 0.01, pixels.shape)

    sizes = {}
    for level in (45.0, 450.0):
        write_exr(tmp_path / "a.exr", pixels, compression="dwaa", level=level)
        np.testing.assert_allclose(read_exr(tmp_path / "a.exr").pixels, pixels, rtol=0.15, atol=0.1)
        sizes[level] = (tmp_path / "a.exr").stat().st_size
    write_exr(tmp_path / "zip.exr", pixels)

    assert sizes[450.0] < sizes[45.0] < (tmp_path / "zip.exr").stat().st_size


@pytest.mark.parametrize("compression", ["none", "zip", "dwaa", "htj2k"])
def test_the_bytes_of_a_frame_do_not_depend_on_the_thread_count(tmp_path: Path, compression: Compression) -> None:
    pixels = np.random.default_rng(1).normal(0.5, 0.2, (300, 400, 3))
    written = []
    for threads in (0, 1, 4):
        OpenEXR.set_global_thread_count(threads)
        write_exr(
            tmp_path / "a.exr",
            pixels,
            compression=compression,
            frame_rate=Fraction(30000, 1001),
            timecode="01:00:00;02",
            attributes={"cleanwater:take": "003-IMG_0103", "cleanwater:tick": "4"},
        )
        written.append((tmp_path / "a.exr").read_bytes())
    OpenEXR.set_global_thread_count(0)

    assert written[0] == written[1] == written[2]


@pytest.mark.parametrize(
    ("rate", "code", "expected"),
    [
        (Fraction(24), "01:02:03:23", (1, 2, 3, 23, 0, 0, 0)),
        (Fraction(30000, 1001), "10:59:59;29", (10, 59, 59, 29, 1, 0, 0)),
        (Fraction(60), "00:00:01:59", (0, 0, 1, 29, 0, 0, 1)),
        (Fraction(50), "23:00:00:48", (23, 0, 0, 24, 0, 0, 0)),
        (Fraction(120), "00:00:00:07", None),
        (Fraction(25), "00:00:00:25", None),
        (Fraction(25), "twelve", None),
        (Fraction(25), None, None),
    ],
)
def test_rate_and_timecode_are_written_as_standard_attributes(
    tmp_path: Path, rate: Fraction, code: str | None, expected: tuple[int, ...] | None
) -> None:
    write_exr(tmp_path / "a.exr", np.zeros((2, 2, 3)), frame_rate=rate, timecode=code)

    with OpenEXR.File(str(tmp_path / "a.exr"), header_only=True) as file:
        header = dict(file.header())
    assert header["framesPerSecond"] == rate
    found = header.get("timeCode")
    fields = ("hours", "minutes", "seconds", "frame", "dropFrame", "colorFrame", "fieldPhase")
    assert (tuple(int(getattr(found, field)) for field in fields) if found else None) == expected


def test_values_beyond_the_half_float_range_are_clamped(tmp_path: Path) -> None:
    write_exr(tmp_path / "a.exr", np.array([[[1e6, -1e6, 65504.0]]]))

    assert read_exr(tmp_path / "a.exr").pixels.tolist() == [[[65504.0, -65504.0, 65504.0]]]


def test_values_that_are_not_finite_are_replaced_and_counted(tmp_path: Path) -> None:
    pixels = np.ones((2, 2, 3), np.float16)
    pixels[0, 0] = (np.nan, np.inf, -np.inf)
    save(tmp_path / "a.exr", {"RGB": pixels})

    frame = read_exr(tmp_path / "a.exr")

    assert (frame.not_a_number, frame.infinite) == (1, 2)
    assert frame.pixels[0, 0].tolist() == [0.0, 65504.0, -65504.0]
    assert any("1 NaN" in note and "2 infinite" in note for note in frame.notes)


def test_primaries_select_the_matrix_and_missing_ones_are_noted(tmp_path: Path) -> None:
    white = np.ones((1, 1, 3), np.float32)
    marked = read_exr(
        save(tmp_path / "marked.exr", {"RGB": np.array([[[1, 0, 0]]], np.float32)}, chromaticities=REC709)
    )
    plain = read_exr(save(tmp_path / "plain.exr", {"RGB": white}))

    np.testing.assert_allclose(marked.pixels[0, 0], [0.61309741, 0.07019372, 0.02061559], atol=2e-6)
    assert marked.notes == ()
    assert plain.chromaticities is None
    assert any("assumed" in note for note in plain.notes)


def test_mixed_single_and_layered_channels_are_read(tmp_path: Path) -> None:
    one = np.full((2, 3), 0.5, np.float32)
    mixed = read_exr(save(tmp_path / "mixed.exr", {"R": one, "G": one.astype(np.float16), "B": one * 2}))
    grey = read_exr(save(tmp_path / "grey.exr", {"Y": one}))
    layer = read_exr(save(tmp_path / "layer.exr", {"beauty.R": one, "beauty.G": one * 3, "beauty.B": one}))

    assert mixed.pixels[0, 0].tolist() == [0.5, 0.5, 1.0]
    assert grey.pixels[0, 0].tolist() == [0.5, 0.5, 0.5]
    assert layer.pixels[0, 0].tolist() == [0.5, 1.5, 0.5]
    with pytest.raises(EngineError, match="has no picture"):
        read_exr(save(tmp_path / "depth.exr", {"Z": one}))


def test_the_picture_has_the_size_of_the_display_window(tmp_path: Path) -> None:
    windows = {"dataWindow": ((-1, 1), (3, 3)), "displayWindow": ((0, 0), (9, 5))}
    save(tmp_path / "a.exr", {"RGB": np.ones((3, 5, 3), np.float32)}, **windows)

    frame = read_exr(tmp_path / "a.exr").pixels

    assert frame.shape == (6, 10, 3)
    assert frame[1:4, :4].min() == 1
    assert frame.sum() == 3 * 4 * 3
    info = exr_info(tmp_path / "a.exr")
    assert (info.width, info.height) == (10, 6)


def test_the_rate_is_read_from_the_header(tmp_path: Path) -> None:
    pixels = {"RGB": np.zeros((2, 2, 3), np.float16)}

    assert exr_info(save(tmp_path / "a.exr", pixels, framesPerSecond=(24000, 1001))).frame_rate == Fraction(24000, 1001)
    assert exr_info(save(tmp_path / "b.exr", pixels, framesPerSecond=25.0)).frame_rate == 25
    assert exr_info(save(tmp_path / "c.exr", pixels)).frame_rate is None


def test_frames_are_ordered_by_number(tmp_path: Path) -> None:
    for name in ("s.10.exr", "s.9.exr", "s.0100.exr", "notes.txt", ".s.1.exr"):
        (tmp_path / name).touch()

    assert [path.name for path in sequence_files(tmp_path)] == ["s.9.exr", "s.10.exr", "s.0100.exr"]
    (tmp_path / "empty").mkdir()
    with pytest.raises(RequestError, match="empty has no numbered"):
        sequence_files(tmp_path / "empty")


def test_the_error_for_a_broken_file_names_it(tmp_path: Path) -> None:
    (tmp_path / "frame.exr").write_bytes(b"not an EXR")

    for read in (read_exr, exr_info):
        with pytest.raises(EngineError, match=r"frame\.exr"):
            read(tmp_path / "frame.exr")


@given(st.binary(max_size=64), st.integers(0, 400), st.integers(1, 40))
@settings(max_examples=40)
def test_a_damaged_file_is_an_error_or_has_only_finite_values(
    tmp_path_factory: pytest.TempPathFactory, noise: bytes, at: int, cut: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "frame.exr"
    write_exr(path, np.linspace(0, 1, 8 * 6 * 3).reshape(6, 8, 3))
    data = bytearray(path.read_bytes())
    data[at : at + len(noise)] = noise
    path.write_bytes(data[:-cut] if cut % 2 else data)

    with contextlib.suppress(EngineError):
        assert np.isfinite(read_exr(path).pixels).all()
