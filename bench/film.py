"""The film of a cut in UHD: the time of decoding, colour and composition beside that of the encoder."""

from __future__ import annotations

import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from fractions import Fraction
from pathlib import Path

from engine.catalog import Picture
from engine.deliver import CutCondition, CutRequest, CutTake, load_recipe
from engine.deliver.cut_pictures import CutPictures
from engine.deliver.movie import output_spec, picture_format
from engine.ingest import inspect
from engine.picture import Compositor, YuvPlanes, write_movie
from engine.timeline import Clip, Cut, Transition
from fixtures import clips

_RATE = Fraction(24)
_RUNS = 3


def run(edits: int = 4, frames: int = 6, width: int = 3840, height: int = 2160) -> None:
    """Prints the times of a cut of `edits` clips of as many `frames` of two HLG takes, by the recipe youtube-4k.

    One edit is a dissolve. The same frames, rendered before, are sent to the encoder alone; the runs alternate. Sound,
    checks and the receipt are not included.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        takes = {name: _take(folder / f"IMG_{name}.MOV", name, width, height) for name in ("1", "2")}
        shots = tuple(
            Clip(
                str(number),
                str(number % 2 + 1),
                3 + 2 * number,
                frames,
                transition=Transition("dissolve", 2, 2) if number == edits // 2 else None,
            )
            for number in range(edits)
        )
        order = CutRequest(Cut("film", _RATE, width, height, shots), takes, load_recipe("youtube-4k"))
        recipe, size = order.recipe.picture, order.frame_size
        assert recipe is not None
        assert size is not None
        wanted = picture_format(recipe, size, order.rate, order.frames, None)
        compositor = Compositor(output_spec(recipe, size), recipe.rendering)
        # The first run compiles the graphs.
        rendered: list[YuvPlanes] = []

        def whole(stretch: range) -> Iterator[YuvPlanes]:
            with closing(CutPictures(order, compositor, None, CutCondition(order), folder / "content")) as pictures:
                (folder / "content").mkdir(exist_ok=True)
                yield from pictures.frames(stretch)

        rendered += whole(range(order.frames))

        def encoder_alone(stretch: range) -> Iterator[YuvPlanes]:
            yield from rendered[stretch.start : stretch.stop]

        ways: dict[str, Callable[[range], Iterator[YuvPlanes]]] = {"the cut": whole, "the encoder alone": encoder_alone}
        measured: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for turn in range(_RUNS):
            for number, (name, source) in enumerate(ways.items()):
                work = folder / f"work-{turn}-{number}"
                before, began = _processor(), time.perf_counter()
                write_movie(folder / "film.mp4", source, wanted, work=work)
                measured[name].append((time.perf_counter() - began, _processor() - before))
        print(f"{order.frames} frames of {size[0]} × {size[1]}, {edits} clips")
        print("| | s | CPU s |")
        print("| --- | ---: | ---: |")
        wall = {name: statistics.median(one for one, _ in runs) for name, runs in measured.items()}
        cpu = {name: statistics.median(one for _, one in runs) for name, runs in measured.items()}
        for name in ways:
            print(f"| {name} | {wall[name]:.1f} | {cpu[name]:.1f} |")
        alone = "the encoder alone"
        print(f"everything else: {wall['the cut'] / wall[alone] - 1:.0%} of the encoder's time, ", end="")
        print(f"{cpu['the cut'] / cpu[alone] - 1:.0%} of its CPU time")


def _take(path: Path, name: str, width: int, height: int) -> CutTake:
    footage = inspect(clips.plain_take(path, width, height, _RATE, Fraction(1), codec="hevc"))
    picture: Picture | None = footage.probe.picture
    assert picture is not None
    return CutTake(name, footage.name, footage, "", picture.input_transform)


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
