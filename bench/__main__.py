"""Runs all benchmarks, or those named, and prints the tables of docs/benchmarks.md."""

import argparse
from functools import partial
from pathlib import Path

from bench import (
    condition,
    console,
    copy_shots,
    cut,
    cut_screen,
    damage,
    deliveries,
    dialog,
    diarize,
    draft,
    effects,
    encoders,
    farm_cost,
    farm_dispatch,
    farm_transfer,
    film,
    flow,
    loudness,
    market,
    mask_tracks,
    offload,
    perceive,
    perception_nets,
    picture,
    queue,
    repair,
    review_proxy,
    science,
    silence,
    stages,
    start,
    titles,
    two_voices,
    words,
)

if __name__ == "__main__":
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="a benchmark; default: all")
    given = parser.add_argument_group("deliveries")
    given.add_argument("--clips", type=Path, help="a folder with movies to deliver beside the sample shoot")
    given.add_argument("--seconds", type=float, default=1.0, help="the length that is delivered of each source")
    given.add_argument("--whole", nargs="*", default=[], metavar="FILE", help="the movies that are delivered whole")
    given.add_argument("--recipes", nargs="*", default=[], metavar="RECIPE", help="default: all")
    given.add_argument("--only", nargs="*", default=[], metavar="FILE", help="the sources to deliver; default: all")
    given.add_argument("--folder", type=Path, help="where the deliverables are kept (default: nowhere)")
    options = parser.parse_args()
    benchmarks = {
        "condition": condition.run,
        "console": console.run,
        "copy": copy_shots.run,
        "cut": cut.run,
        "cut_screen": cut_screen.run,
        "damage": damage.run,
        "deliveries": partial(
            deliveries.run,
            options.clips,
            options.seconds,
            options.recipes,
            options.whole,
            options.folder,
            options.only,
        ),
        "dialog": dialog.run,
        "diarize": diarize.run,
        "draft": draft.run,
        "effects": effects.run,
        "encoders": encoders.run,
        "farm-cost": farm_cost.run,
        "farm-dispatch": farm_dispatch.run,
        "farm-transfer": farm_transfer.run,
        "film": film.run,
        "flow": flow.run,
        "loudness": loudness.run,
        "market": market.run,
        "masks": mask_tracks.run,
        "offload": offload.run,
        "perceive": perceive.run,
        "perception_nets": perception_nets.run,
        "picture": picture.run,
        "review_proxy": review_proxy.run,
        "queue": queue.run,
        "repair": repair.run,
        "science": science.run,
        "silence": silence.run,
        "stages": stages.run,
        "start": start.run,
        "titles": titles.run,
        "two_voices": two_voices.run,
        "words": words.run,
    }
    for name in options.names or benchmarks:
        print(f"\n## {name}\n")
        benchmarks[name]()
