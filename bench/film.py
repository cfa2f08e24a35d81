"""The film of a cut in UHD: the processor time of decoding, colour, composition and checks beside the encoder's."""

from __future__ import annotations

import resource
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from bench.comparison import uhd_take
from engine.deliver import CutCondition, CutRequest, CutTake, Recipe, load_recipe
from engine.deliver.cut_pictures import CutPictures
from engine.deliver.movie import output_spec, picture_format
from engine.ingest import inspect
from engine.picture import Compositor, PictureFormat, YuvPlanes, inspect_movie, write_movie
from engine.picture.chunks import cut
from engine.picture.encoders import add_video_stream
from engine.timeline import Clip, Cut, Transition

_RATE = Fraction(30)
_CLIPS, _FRAMES = 4, 30
_DISSOLVE = 12


def run() -> None:
    """Prints the processor time of a frame in a cut of UHD HLG takes by the recipe youtube-4k, in HLG and in SDR.

    The takes are the sample shoot's, without sound. The frames of the cut are stored, and sent to the encoder alone.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        film, _ = uhd_take(folder, 4)
        takes = {}
        for name in ("1", "2"):
            path = folder / f"IMG_{name}.mov"
            shutil.copyfile(film, path)
            footage = inspect(path)
            assert footage.probe.picture is not None
            takes[name] = CutTake(name, footage.name, footage, "", footage.probe.picture.input_transform)
        recipe = load_recipe("youtube-4k")
        print(f"{_CLIPS * _FRAMES} frames of 3840 × 2160 in {_CLIPS} shots, CPU ms per frame\n")
        print("| | the encoder alone | decode, colour, compose | in a dissolve | all, with checks | everything else |")
        print("| --- | ---: | ---: | ---: | ---: | ---: |")
        for title, one in (("HLG, as shot", recipe), ("HLG to SDR", recipe.in_sdr())):
            _measure(title, one, takes, folder / title)


def _measure(title: str, recipe: Recipe, takes: dict[str, CutTake], folder: Path) -> None:
    folder.mkdir()
    shots = tuple(Clip(str(n), str(n % 2 + 1), 7 + 25 * n, _FRAMES) for n in range(_CLIPS))
    order = CutRequest(Cut("film", _RATE, 3840, 2160, shots), takes, recipe)
    assert recipe.picture is not None
    size = order.frame_size
    assert size is not None
    wanted = picture_format(recipe.picture, size, order.rate, order.frames, None)
    compositor = Compositor(output_spec(recipe.picture, size), recipe.picture.rendering)

    def pictures(order: CutRequest, stretch: range) -> Iterator[YuvPlanes]:
        with closing(CutPictures(order, compositor, None, CutCondition(order), folder)) as made:
            yield from made.frames(stretch)

    # The first frame compiles the graphs.
    _discard(pictures(order, range(1)))
    stored = folder / "frames"
    _store(pictures(order, range(order.frames)), stored)
    composed = _processor(lambda: _discard(pictures(order, range(order.frames))))
    dissolve = Transition("dissolve", _DISSOLVE, _DISSOLVE)
    joined = (Clip("1", "1", 60, 2 * _DISSOLVE), Clip("2", "2", 60, 2 * _DISSOLVE, transition=dissolve))
    mixed = CutRequest(Cut("film", _RATE, 3840, 2160, joined), takes, recipe)
    span = range(_DISSOLVE, 3 * _DISSOLVE)
    _discard(pictures(mixed, span[:1]))
    dissolved = _processor(lambda: _discard(pictures(mixed, span)))
    alone = _processor(lambda: _encode(stored, wanted, folder / "alone.nut"))
    path = folder / "film.mp4"
    made = _processor(lambda: write_movie(path, lambda one: pictures(order, one), wanted, work=folder / "chunks"))
    made += _processor(lambda: inspect_movie(path))
    times = (alone, composed, dissolved * order.frames / len(span), made)
    shown = " | ".join(f"{seconds / order.frames * 1e3:.0f}" for seconds in times)
    print(f"| {title} | {shown} | {made / alone - 1:.0%} |", flush=True)


def _store(frames: Iterator[YuvPlanes], path: Path) -> None:
    with path.open("wb") as file:
        for frame in frames:
            for plane in (frame.y, frame.u, frame.v):
                file.write(np.ascontiguousarray(plane).data)


def _discard(frames: Iterator[YuvPlanes]) -> None:
    for _ in frames:
        pass


def _encode(stored: Path, wanted: PictureFormat, path: Path) -> None:
    """Sends the frames of `_store` to the encoder, in the chunks of a delivery, and to nothing else."""
    rows = wanted.height * 3 // 2
    codes = np.memmap(stored, np.uint16 if wanted.bit_depth > 8 else np.uint8, "r").reshape(-1, rows, wanted.width)
    for stretch in cut(wanted.frames, wanted.gop, wanted.rate):
        with av.open(str(path), "w", format="nut") as file:
            stream = add_video_stream(file, wanted)
            stream.codec_context.codec_tag = "\0\0\0\0"
            for number in stretch:
                frame = av.VideoFrame.from_ndarray(codes[number], format=stream.codec_context.pix_fmt)
                frame.pts, frame.time_base = number - stretch.start, 1 / wanted.rate
                file.mux(stream.encode(frame))
            file.mux(stream.encode())


def _processor(work: Callable[[], object]) -> float:
    """The processor time of `work` in seconds, on all threads."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    work()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
