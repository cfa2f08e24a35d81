"""Small intact files of every supported kind; tests damage copies of them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import Imath
import numpy as np
import OpenEXR

from fixtures import clips
from fixtures.cadence import TIMESCALE, uneven
from fixtures.curves import HLG
from fixtures.iphone import Camera, finish
from fixtures.recorder import PictureTrack, Recorder, SoundTrack, h264, hevc

_WIDTH, _HEIGHT = 37, 35
_COMPRESSIONS = (
    "NO", "RLE", "ZIPS", "ZIP", "PIZ", "PXR24", "B44", "B44A", "DWAA", "DWAB", "HTJ2K256", "HTJ2K32", "ZSTD",
)  # fmt: skip
_REC709 = (0.64, 0.33, 0.30, 0.60, 0.15, 0.06, 0.3127, 0.3290)
_CAMERA = Camera("2025-06-14T07:00:00+0100")


def exr_samples(folder: Path) -> list[Path]:
    """EXR files of every compression and sample type, and of every layout, window and channel sharing."""
    for name in _COMPRESSIONS:
        compression = getattr(OpenEXR.Compression, f"{name}_COMPRESSION")
        for kind in (np.float16, np.float32, np.uint32):
            channels = (
                {"RGBA": _light(4).astype(kind)} if kind != np.uint32 else _split_channels(_light(3).astype(kind))
            )
            _save(folder / f"{name}-{np.dtype(kind).name}.exr", channels, compression=compression)
        tiled = {"type": OpenEXR.tiledimage, "tiles": OpenEXR.TileDescription(), "compression": compression}
        _save(folder / f"{name}-tiled.exr", {"RGB": _light(3).astype(np.float16)}, **tiled)
    half = {"RGB": _light(3).astype(np.float16)}
    below, beyond = ((-20, -9), (-20 + _WIDTH - 1, -9 + _HEIGHT - 1)), ((0, 0), (9, 7))
    _save(folder / "overscan.exr", half, dataWindow=below, displayWindow=beyond, chromaticities=_REC709)
    _save(folder / "negative.exr", half, dataWindow=below, displayWindow=((-30, -30), (-1, -1)))
    _save(folder / "rated.exr", half, framesPerSecond=(24000, 1001), chromaticities=_REC709)
    _save(folder / "mixed.exr", {**_split_channels(_light(3)), "G": _light(1)[..., 0].astype(np.float16)})
    _save(folder / "luminance.exr", {"Y": _light(1)[..., 0]})
    _save(folder / "layers.exr", {f"beauty.{name}": plane for name, plane in _split_channels(_light(3)).items()})
    _luminance_and_chroma(folder / "luminance-chroma.exr")
    _parts(folder / "parts.exr")
    for name, kind in (("deep-lines", OpenEXR.deepscanline), ("deep-tiles", OpenEXR.deeptile)):
        deep = {"type": kind, "compression": OpenEXR.ZIPS_COMPRESSION, "tiles": OpenEXR.TileDescription()}
        _save(folder / f"{name}.exr", dict.fromkeys("RGBAZ", _deep()), **deep)
    return sorted(folder.glob("*.exr"))


def movie_samples(folder: Path) -> list[Path]:
    """Movies as from phones, cameras and editors: every codec, rotated, variable rate, edit lists, no sound."""
    second = Fraction(1, 3)
    clips.plain_take(folder / "h264.mov", 64, 48, 30, second, rotation=90)
    clips.plain_take(folder / "mirrored.mp4", 64, 48, 30, second, rotation=180, mirrored=True, sound=False)
    clips.plain_take(folder / "hevc.mov", 64, 64, 30, second, codec="hevc")
    even = [n * 20 for n in range(24)]
    _record(folder / "hevc-b.mov", hevc(96, 64, Fraction(1, TIMESCALE), Fraction(30), more="keyint=12"), even)
    _record(folder / "h264-vfr.mov", h264(64, 48, Fraction(1, TIMESCALE), Fraction(30)), uneven(Fraction(1), 4))
    prores = PictureTrack(
        "prores_ks", 64, 48, "yuv422p10le", HLG, Fraction(1, 24), Fraction(24), "apch", {"profile": "hq"}
    )
    _record(folder / "prores.mov", prores, range(4), log_profile="com.apple.rec2020.apple-log")
    _write_fragmented(folder / "h264.mov", folder / "fragments.mp4")
    clips.audio_only(folder / "voice.m4a")
    return sorted(path for path in folder.iterdir() if path.suffix in (".mov", ".mp4", ".m4a"))


def _record(path: Path, track: PictureTrack, times: Any, log_profile: str = "") -> None:
    chroma = track.width // 2, track.height if "422" in track.pixel_format else track.height // 2
    scale = 4 if "10" in track.pixel_format else 1
    kind = np.uint16 if scale == 4 else np.uint8
    column = np.arange(track.width)
    hum = SoundTrack(np.zeros((2, 24000), np.float32), "pcm_s16le")
    with Recorder(path, track, [hum]) as recorder:
        for number, time in enumerate(times):
            luma = np.tile((40 + (column * 2 + number * 9) % 150) * scale, (track.height, 1)).astype(kind)
            plain = np.full(chroma[::-1], 128 * scale, kind)
            recorder.picture((luma, plain, plain), time)
    finish(path, _CAMERA, log_profile=log_profile)


def _write_fragmented(whole: Path, path: Path) -> None:
    with (
        av.open(str(whole)) as source,
        av.open(str(path), "w", options={"movflags": "frag_every_frame+empty_moov"}) as file,
    ):
        stream = file.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                file.mux(packet)


def _save(path: Path, channels: dict[str, Any], **header: Any) -> None:
    plain = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(plain | header, channels).write(str(path))


def _light(channels: int) -> np.ndarray:
    rows, columns = np.mgrid[:_HEIGHT, :_WIDTH]
    plane = 0.05 + columns / 9 + 7 * ((rows * 31 + columns * 17) % 11 == 0)
    return np.stack([plane * (1 + 0.3 * n) for n in range(channels)], -1).astype(np.float32)


def _split_channels(pixels: np.ndarray) -> dict[str, np.ndarray]:
    return {name: np.ascontiguousarray(pixels[..., n]) for n, name in enumerate("RGB")}


def _deep() -> np.ndarray:
    samples = np.empty((12, 10), object)
    for row, column in np.ndindex(samples.shape):
        samples[row, column] = np.arange((row + column) % 4, dtype=np.float32)
    return samples


def _parts(path: Path) -> None:
    plain = {"type": OpenEXR.scanlineimage, "compression": OpenEXR.ZIP_COMPRESSION}
    left = OpenEXR.Part(dict(plain), {"RGB": _light(3).astype(np.float16)}, "left")
    depth = OpenEXR.Part(dict(plain), {"Z": _light(1)[..., 0]}, "depth")
    OpenEXR.File([left, depth]).write(str(path))


def _luminance_and_chroma(path: Path) -> None:
    """Luminance with half-size chroma, which only the library's older interface writes."""
    header = OpenEXR.Header(32, 24)
    half = Imath.PixelType(Imath.PixelType.HALF)
    header["channels"] = {"Y": Imath.Channel(half), "RY": Imath.Channel(half, 2, 2), "BY": Imath.Channel(half, 2, 2)}
    light, colour = np.full((24, 32), 0.5, np.float16), np.full((12, 16), 0.1, np.float16)
    file = OpenEXR.OutputFile(str(path), header)
    file.writePixels({"Y": light.tobytes(), "RY": colour.tobytes(), "BY": colour.tobytes()})
    file.close()
