"""Comparison of encoder settings: identical bytes on one core and on all under load, bit rate, SSIM and speed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from fractions import Fraction
from pathlib import Path

from engine.deliver.fidelity import summarize_fidelity
from engine.picture import ChunkFidelity, PictureFormat, YuvPlanes, chunks, encoders
from fixtures.texture import Texture

_FILM = PictureFormat(320, 576, Fraction(30), 45, "hevc", 10, "hlg", gop=15, bit_rate=1_300_000)
_SDR = replace(_FILM, codec="h264", bit_depth=8, view="sdr", bit_rate=1_300_000)


@dataclass(frozen=True, slots=True)
class Setting:
    """A format, and changes to the options and threads that `encoder_for` chooses for it.

    `without`: x265 parameters to remove; `parameters`: x265 parameters to add; `vbv`: adds a buffer of one second.
    """

    format: PictureFormat
    parameters: str = ""
    without: tuple[str, ...] = ()
    vbv: bool = False
    threads: int | None = None
    slices: bool = False


@dataclass(frozen=True, slots=True)
class _Run:
    digest: str
    mbit: float
    luma: float
    worst: float
    seconds: float


SETTINGS = {
    "x265, ABR, 1 frame thread, 8 workers (chosen)": Setting(_FILM),
    "x265, ABR, 3 frame threads": Setting(_FILM, "frame-threads=3", ("frame-threads",)),
    "x265, VBV, const-vbv (before)": Setting(_FILM, "const-vbv=1", ("pools",), vbv=True),
    "x264, VBV, 1 thread (chosen)": Setting(_SDR),
    "x264, VBV, 6 frame threads": Setting(_SDR, threads=6),
    "x264, VBV, slices, a thread and a half a core (before)": Setting(_SDR, threads=0, slices=True),
    "x264, CRF 18 (chosen)": Setting(replace(_SDR, bit_rate=None, quality=18)),
    "SVT-AV1, VBR, lp=1 (chosen)": Setting(replace(_SDR, codec="av1")),
    "SVT-AV1, CRF 26, lp=3 (chosen)": Setting(replace(_SDR, codec="av1", bit_rate=None, quality=26)),
    "prores_ks, 422 HQ (chosen)": Setting(replace(_FILM, codec="prores", bit_rate=None)),
    "x265, VBV": Setting(_FILM, vbv=True),
    "x265, VBV, no-wpp": Setting(_FILM, "no-wpp=1", vbv=True),
    "x265, CRF 22": Setting(replace(_FILM, bit_rate=None, quality=22)),
}


def run() -> None:
    """Encodes a textured movie with each setting on one core, on all, and on all under load; prints a table."""
    cores = len(os.sched_getaffinity(0))
    print(f"{_FILM.width}×{_FILM.height}, {_FILM.frames} frames of moving texture with grain, {cores} cores\n")
    print("| setting | same bytes | Mb/s | of target rate | SSIM luma | worst second | frames/s |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for name, setting in SETTINGS.items():
        runs = [_encode_in_child(name, 1, 0), _encode_in_child(name, cores, 0), _encode_in_child(name, cores, cores)]
        one = runs[1]
        rate = setting.format.bit_rate
        share = f"{one.mbit * 1e6 / rate:.0%}" if rate else "–"
        same = "yes" if len({each.digest for each in runs}) == 1 else "no"
        speed = setting.format.frames / one.seconds
        print(
            f"| {name} | {same} | {one.mbit:.2f} | {share} | {one.luma:.4f} | {one.worst:.4f} | {speed:.1f} |",
            flush=True,
        )


def _encode_in_child(name: str, cores: int, busy: int) -> _Run:
    """Encodes in a child process with `cores` cores while `busy` other processes use the processor."""
    others = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
    try:
        command = [sys.executable, "-m", "bench.encoders", name, str(cores)]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
    finally:
        for other in others:
            other.kill()
            other.wait()
    return _Run(**json.loads(result.stdout))


def _encode(setting: Setting) -> _Run:
    like = setting.format
    texture = Texture(like.width, like.height, like.bit_depth, grain=0.7, speed=2.3)
    film = list(texture.frames(range(like.frames)))

    def frames(stretch: range) -> Iterator[YuvPlanes]:
        for luma, cb, cr in film[stretch.start : stretch.stop]:
            if like.chroma == "422":
                cb, cr = cb.repeat(2, axis=0), cr.repeat(2, axis=0)
            yield YuvPlanes(luma, cb, cr, like.bit_depth)

    encoder = _changed(encoders.encoder_for(like), setting)
    # The engine has one setting per format; the benchmark replaces it.
    chunks.encoder_for = lambda wanted: encoder  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        encoded = chunks.encode_chunks(Path(folder), frames, like)
        seconds = time.perf_counter() - began
        digest = hashlib.sha256(b"".join(bytes(coded.packet) for coded in chunks.packets(encoded))).hexdigest()
    measured: list[ChunkFidelity] = [chunk.fidelity for chunk in encoded]
    fidelity = summarize_fidelity(measured, like.rate, 0.97)
    bits = sum(one.bits for one in measured)
    mbit = float(bits * like.rate / like.frames) / 1e6
    return _Run(digest, mbit, fidelity.mean.luma, fidelity.worst_second.luma, seconds)


def _changed(encoder: encoders.Encoder, setting: Setting) -> encoders.Encoder:
    options = dict(encoder.options)
    if setting.parameters or setting.without:
        kept = [one for one in options["x265-params"].split(":") if one.partition("=")[0] not in setting.without]
        options["x265-params"] = ":".join([*kept, *filter(None, [setting.parameters])])
    if setting.vbv:
        options |= {"maxrate": str(setting.format.bit_rate), "bufsize": str(setting.format.bit_rate)}
    if setting.threads is not None:
        encoder = replace(encoder, threads=setting.threads, frame_threads=not setting.slices)
    return replace(encoder, options=options)


if __name__ == "__main__":
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: int(sys.argv[2])])
    print(json.dumps(asdict(_encode(SETTINGS[sys.argv[1]]))))
