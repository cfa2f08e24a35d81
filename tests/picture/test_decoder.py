"""The decoder: real files, every frame by its time, in any order of access."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engine.catalog import Encoding
from engine.errors import EngineError
from engine.picture import PictureSource, Pipeline, read_exr, write_exr
from engine.time import FrameGrid

from .frames import picture, write_film

TIMES = [0, 20, 40, 61, 80, 119, 140, 160, 181, 200, 220, 240]


def grey_420(width: int, height: int, value: int, bits: int = 8) -> np.ndarray:
    frame = np.full((height * 3 // 2, width), 1 << (bits - 1), np.uint8 if bits == 8 else np.uint16)
    frame[:height] = value
    return frame


@pytest.fixture(scope="module")
def uneven(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[int]]:
    """H.264 with B-frames and a key frame every fifth frame; each frame has another grey."""
    path = tmp_path_factory.mktemp("film") / "take.mov"
    frames = [grey_420(64, 48, 40 + 15 * number) for number in range(len(TIMES))]
    return path, write_film(path, frames, "yuv420p", "libx264", TIMES, g="5", bf="2", crf="1")


def level(source: PictureSource, pts: int) -> float:
    planes = source.planes_at(pts)
    return float(planes.samples[0][: planes.height, : planes.width].mean())


def test_random_access_returns_the_same_frames_as_playback(uneven: tuple[Path, list[int]]) -> None:
    path, times = uneven
    take = picture(64, 48, Encoding.REC709)
    with PictureSource(path, take) as source:
        played = {pts: level(source, pts) for pts in times}
    with PictureSource(path, take) as source:
        order = [7, 2, 11, 0, 5, 4, 10, 1, 3, 9, 6, 8]
        accessed = {times[n]: level(source, times[n]) for n in order}
        assert source.notes == []

    assert accessed == played
    np.testing.assert_allclose([played[pts] for pts in times], [40 + 15 * n for n in range(12)], atol=1.5)


def test_repeated_ticks_return_the_same_frame_without_decoding_it(uneven: tuple[Path, list[int]]) -> None:
    path, times = uneven
    with av.open(str(path)) as container:
        base = Fraction(container.streams.video[0].time_base)
    grid = FrameGrid(Fraction(30), base, tuple(times), (0, 0, 1, 2, 2, 5), True)

    with PictureSource(path, picture(64, 48, Encoding.REC709)) as source:
        shown = list(source.frames(grid))
        window = list(source.frames(grid, 2, 4))

    assert shown[0] is shown[1]
    assert shown[3] is shown[4]
    assert [round(float(planes.samples[0][:48, :64].mean()) - 40) // 15 for planes in shown] == [0, 0, 1, 2, 2, 5]
    assert len(window) == 2


def test_a_frame_that_does_not_decode_repeats_the_previous_one(tmp_path: Path) -> None:
    path = tmp_path / "take.mov"
    times = write_film(path, [np.full((48, 64, 3), 60 + 40 * n, np.uint8) for n in range(4)], "rgb24", "png")
    with av.open(str(path)) as container:
        base = Fraction(container.streams.video[0].time_base)
        third = bytes([packet for packet in container.demux(video=0) if packet.size][2])
    path.write_bytes(path.read_bytes().replace(third, b"\xff" * len(third)))
    take = picture(64, 48, Encoding.SRGB)

    with PictureSource(path, take) as source:
        played = [level(source, pts) for pts in times]
        (damage,) = source.damage(FrameGrid(take.frame_rate, base, tuple(times), tuple(range(4)), False))
    with PictureSource(path, take) as source:
        accessed = level(source, times[2])

    assert played == [60, 100, 100, 180]
    assert accessed == 100
    assert (damage.kind, damage.start, damage.count) == ("frozen", times[2] * base, 1)


@pytest.mark.parametrize("truncated", [0, 100])
def test_the_error_for_a_file_without_a_picture_names_it(tmp_path: Path, truncated: int) -> None:
    path = tmp_path / "broken.mov"
    path.write_bytes(b"\0" * truncated)

    with pytest.raises(EngineError, match=r"broken\.mov"):
        PictureSource(path, picture(64, 48, Encoding.REC709))


def mid_grey(width: int, height: int, form: str) -> av.VideoFrame:
    """A frame of this format with all pixels at 128 of 255."""
    frame = av.VideoFrame(width, height, form)
    bits = max(component.bits for component in frame.format.components)
    limited = (
        16 + 219 * 128 / 255
        if form.startswith(("yuv", "nv", "uyvy"))
        else 128 * ((1 << bits) - 1) / (255 << (bits - 8))
    )
    luma = round(limited * (1 << (bits - 8)))
    kind = np.uint8 if bits == 8 else np.uint16
    for number, plane in enumerate(frame.planes):
        code = (1 << (bits - 1)) if number and not form.startswith("gb") else luma
        code = (1 << bits) - 1 if number == 3 else code  # opaque
        samples = np.full(plane.buffer_size // kind().itemsize, code, kind)
        if form == "uyvy422":
            samples[0::2] = 128
        plane.update(samples.tobytes())
    return frame


@pytest.mark.parametrize(
    ("form", "codec", "bits", "subsampling"),
    [
        ("yuv420p", "ffv1", 8, (1, 1)),
        ("yuv420p10le", "ffv1", 10, (1, 1)),
        ("yuv422p10le", "prores_ks", 10, (1, 0)),
        ("yuv444p12le", "ffv1", 12, (0, 0)),
        ("yuva444p10le", "prores_ks", 12, (0, 0)),
        ("yuv444p16le", "ffv1", 16, (0, 0)),
        ("nv12", "rawvideo", 8, (1, 1)),
        ("gray", "ffv1", 8, (1, 1)),
        ("gray16le", "ffv1", 16, (1, 1)),
        ("rgb24", "png", 8, (0, 0)),
        ("gbrp10le", "ffv1", 10, (0, 0)),
        ("uyvy422", "rawvideo", 8, (1, 0)),
    ],
)
def test_every_pixel_format_has_the_same_grey(
    tmp_path: Path, form: str, codec: str, bits: int, subsampling: tuple[int, int]
) -> None:
    """Mid grey, code 0.5 of the range, for any layout (odd width and height if the format allows)."""
    path = tmp_path / {"ffv1": "grey.mkv", "rawvideo": "grey.nut"}.get(codec, "grey.mov")
    width, height = (35, 21) if codec not in ("rawvideo", "prores_ks") else (36, 22)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, form
        container.mux(stream.encode(mid_grey(width, height, form)))
        container.mux(stream.encode(None))
    take = picture(width, height, Encoding.SRGB)

    with PictureSource(path, take) as opened:
        planes = opened.planes_at(0)
        assert planes.bit_depth == bits
        assert planes.subsampling == subsampling
        shown = Pipeline(take, Encoding.SRGB).linear(planes)

    np.testing.assert_allclose(shown, 0.2159, rtol=0.03)


def test_an_exr_sequence_is_ordered_and_its_broken_frames_replaced(tmp_path: Path) -> None:
    for number in range(1, 12):
        write_exr(tmp_path / f"shot.{number}.exr", np.full((4, 6, 3), number, np.float32))
    (tmp_path / "shot.5.exr").write_bytes(b"not a frame")
    write_exr(tmp_path / "shot.9.exr", np.full((4, 6, 3), np.nan, np.float32))
    take = picture(6, 4, Encoding.EXR)

    with PictureSource(tmp_path, take) as source:
        values = [float(source.planes_at(n).samples[0][0, 0]) for n in range(11)]
        notes = source.notes
        (damage,) = source.damage(
            FrameGrid(take.frame_rate, 1 / take.frame_rate, tuple(range(11)), tuple(range(11)), False)
        )

    assert values == [1, 2, 3, 4, 4, 6, 7, 8, 0, 10, 11]
    assert (damage.start, damage.count) == (4 / take.frame_rate, 1)
    assert any("36 NaN" in note or "72 NaN" in note for note in notes)


def test_an_exr_frame_passes_through_the_gpu_unchanged(tmp_path: Path) -> None:
    every_half = np.arange(65536, dtype=np.uint16).view(np.float16)
    finite = np.resize(every_half[np.isfinite(every_half)], (128, 500, 3))
    write_exr(tmp_path / "in.0001.exr", finite)

    with PictureSource(tmp_path, take := picture(500, 128, Encoding.EXR)) as source:
        write_exr(tmp_path / "out.exr", Pipeline(take, Encoding.EXR).linear(source.planes_at(0)))

    out = read_exr(tmp_path / "out.exr").pixels.astype(np.float16)
    np.testing.assert_array_equal(out, finite)
