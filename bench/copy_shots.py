"""A film of untouched stretches: its speed when they are copied, and when they are encoded."""

from __future__ import annotations

import resource
import tempfile
import time
from pathlib import Path

from engine.catalog import Condition
from engine.deliver import CutCondition, CutRequest, CutTake, Deliverable, Recipe, build_cut, load_recipe
from engine.ingest import inspect
from engine.policy import Gate
from engine.timeline import Clip, Cut
from fixtures.camera_gops import NTSC, write_camera_take

_TAKES = {
    "H.264, closed GOPs of 1 s": ("h264", 0),
    # The last two frames of a GOP need the next key frame.
    "HEVC 10-bit HLG, open GOPs of 1 s": ("hevc", 2),
}


def run(seconds: int = 60, shots: int = 10, width: int = 1920, height: int = 1080) -> None:
    """Prints the times of a film of `shots` clips, of `seconds` in all, of a take whose packets can be copied.

    The clips begin at key frames, so that every frame is copied, or anywhere, so that the frames before the next key
    frame are encoded. The same recipe without copying makes one second of it. Everything but sound is included: the
    plan, the film, its checks and the receipt.
    """
    print("| take | clips begin | film, s | s | CPU s | times real time, by CPU on 2 cores | frames copied |")
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: |")
    for title, (codec, trailing) in _TAKES.items():
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            length = round(seconds * NTSC / shots)
            path = write_camera_take(
                folder / "IMG_1.MOV",
                "h264" if codec == "h264" else "hevc",
                length + 60,
                gop=30,
                open_gop=trailing > 0,
                size=(width, height),
            )
            starts = {"at key frames": (30, 60), "anywhere": tuple(range(1, 31, 3)), "encoded": (0,)}
            for begin, places in starts.items():
                copies = begin != "encoded"
                taken = length - (trailing if begin == "at key frames" else 0) if copies else round(NTSC)
                clips = tuple(
                    Clip(str(number), "1", places[number % len(places)], taken)
                    for number in range(shots if copies else 1)
                )
                film, wall, cpu = _made(path, folder / begin, _recipe(codec, copies), clips, (width, height))
                assert film.cut is not None
                copied = sum(one.packets for one in film.cut.copied)
                duration = float(film.duration)
                print(
                    f"| {title} | {begin} | {duration:.0f} | {wall:.1f} | {cpu:.1f} | {duration / (cpu / 2):.1f} "
                    f"| {copied} of {round(film.duration * NTSC)} |",
                    flush=True,
                )


def _made(
    path: Path, folder: Path, recipe: Recipe, clips: tuple[Clip, ...], size: tuple[int, int]
) -> tuple[Deliverable, float, float]:
    footage = inspect(path)
    assert footage.probe.picture is not None
    take = CutTake("1", footage.name, footage, "", footage.probe.picture.input_transform)
    order = CutRequest(Cut("film", NTSC, *size, clips), {"1": take}, recipe)
    before, began = _processor(), time.perf_counter()
    condition = CutCondition(order, {"1": Condition(checked=True)})
    film = build_cut(
        Gate(None, None).require(
            "deliver", recipe="any", codec=recipe.picture.codec, long_edge=max(size), watermark=False
        ),
        order,
        folder,
        condition=condition,
    )
    return film, time.perf_counter() - began, _processor() - before


def _recipe(codec: str, copies: bool) -> Recipe:
    recipe = load_recipe("youtube-4k")
    assert recipe.picture is not None
    picture = recipe.picture.model_copy(
        update={
            "view": "hlg" if codec == "hevc" else "sdr",
            "codec": codec,
            "copy_shots": "where-possible" if copies else "never",
            "copy_gop_seconds": 2.0,
            "bit_rate": {view: {0: (40.0, 60.0)} for view in ("hlg", "sdr")},
        }
    )
    return recipe.model_copy(update={"picture": picture})


def _processor() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
