"""Chroma siting is read from the headers of x264, x265 and SVT-AV1, encoded with each siting."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.picture.chroma_siting import chroma_siting

# x264's and x265's values of H.273's ChromaLocType, and the siting.
TYPES = [(0, "left"), (1, "centre"), (2, "top-left"), (3, "centre"), (4, "left"), (5, "centre")]
X264 = [
    "",
    "cqm=jvt",
    "interlaced=1:fake-interlaced=0",
    "bframes=3:ref=4:b-pyramid=normal:sar=8/9",
    "videoformat=pal:overscan=crop:colorprim=bt709:transfer=bt709:colormatrix=bt709",
]
X265 = [
    "",
    "scaling-list=default",
    "bframes=4:ref=5:b-pyramid=1:temporal-layers=3",
    "sar=8:9:overscan=crop:videoformat=pal:colorprim=bt2020:transfer=arib-std-b67:colormatrix=bt2020nc",
    "display-window=8,8,8,8:ctu=16:min-cu-size=8",
]


def headers(
    path: Path, codec: str, options: dict[str, str], pixels: str = "yuv420p", size: int = 64
) -> tuple[str, bytes | None, str]:
    """Encodes a few frames; returns the file's codec, headers and pixel format."""
    with av.open(path, "w") as out:
        stream = out.add_stream(codec, rate=Fraction(25), options=options)
        stream.width, stream.height, stream.pix_fmt = size, size, pixels
        for value in range(6):
            picture = np.full((size, size, 3), 90 + value, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24").reformat(format=pixels)))
        out.mux(stream.encode())
    with av.open(path) as movie:
        context = movie.streams.video[0].codec_context
        assert context.pix_fmt
        return context.codec.canonical_name, context.extradata, context.pix_fmt


@pytest.mark.parametrize("container", ["mov", "mkv", "ts"])
@pytest.mark.parametrize(("kind", "siting"), TYPES)
def test_avc_siting_is_read(tmp_path: Path, kind: int, siting: str, container: str) -> None:
    found = headers(tmp_path / f"a.{container}", "libx264", {"x264-params": f"chromaloc={kind}"})
    assert chroma_siting(*found) == siting


def test_avc_siting_is_read_in_the_baseline_profile(tmp_path: Path) -> None:
    options = {"profile": "baseline", "x264-params": "chromaloc=2"}
    assert chroma_siting(*headers(tmp_path / "a.mov", "libx264", options)) == "top-left"


@pytest.mark.parametrize("parameters", X264)
@pytest.mark.parametrize(
    ("profile", "pixels"), [("baseline", "yuv420p"), ("high", "yuv420p"), ("high10", "yuv420p10le")]
)
def test_avc_siting_is_read_beside_other_parameters(tmp_path: Path, parameters: str, profile: str, pixels: str) -> None:
    options = {"profile": profile, "x264-params": f"chromaloc=2:{parameters}"}
    assert chroma_siting(*headers(tmp_path / "a.mov", "libx264", options, pixels)) == "top-left"


@pytest.mark.parametrize("container", ["mov", "mkv", "ts"])
@pytest.mark.parametrize(("kind", "siting"), TYPES)
def test_hevc_siting_is_read(tmp_path: Path, kind: int, siting: str, container: str) -> None:
    options = {"x265-params": f"log-level=none:chromaloc={kind}"}
    assert chroma_siting(*headers(tmp_path / f"a.{container}", "libx265", options, "yuv420p10le")) == siting


@pytest.mark.parametrize("parameters", X265)
def test_hevc_siting_is_read_beside_other_parameters(tmp_path: Path, parameters: str) -> None:
    options = {"x265-params": f"log-level=none:chromaloc=2:{parameters}"}
    assert chroma_siting(*headers(tmp_path / "a.mov", "libx265", options, "yuv420p10le", 128)) == "top-left"


@pytest.mark.parametrize("container", ["mp4", "mkv", "ivf"])
@pytest.mark.parametrize(("position", "siting"), [("unknown", "left"), ("left", "left"), ("topleft", "top-left")])
def test_av1_siting_is_read(tmp_path: Path, position: str, siting: str, container: str) -> None:
    options = {"preset": "12", "svtav1-params": f"chroma-sample-position={position}"}
    assert chroma_siting(*headers(tmp_path / f"a.{container}", "libsvtav1", options, "yuv420p10le")) == siting


def test_jpeg_chroma_is_centred_and_422_chroma_is_at_the_left(tmp_path: Path) -> None:
    assert chroma_siting(*headers(tmp_path / "a.mov", "mjpeg", {}, "yuvj420p")) == "centre"
    options = {"x264-params": "chromaloc=2"}
    assert chroma_siting(*headers(tmp_path / "b.mov", "libx264", options, "yuv422p")) == "left"


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "prores"])
@given(extradata=st.binary(max_size=200))
def test_damaged_headers_have_a_valid_siting(codec: str, extradata: bytes) -> None:
    assert chroma_siting(codec, extradata, "yuv420p") in ("left", "centre", "top-left")
    assert chroma_siting(codec, None, "yuv420p") == "left"
