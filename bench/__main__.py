"""Runs all benchmarks, or those named, and prints the tables of docs/benchmarks.md."""

import sys

from bench import (
    condition,
    console,
    damage,
    dialog,
    diarize,
    draft,
    encoders,
    loudness,
    picture,
    queue,
    repair,
    review_proxy,
    start,
    words,
)

_ALL = {
    "condition": condition.run,
    "console": console.run,
    "damage": damage.run,
    "dialog": dialog.run,
    "diarize": diarize.run,
    "draft": draft.run,
    "encoders": encoders.run,
    "loudness": loudness.run,
    "picture": picture.run,
    "review_proxy": review_proxy.run,
    "queue": queue.run,
    "repair": repair.run,
    "start": start.run,
    "words": words.run,
}

if __name__ == "__main__":
    for name in sys.argv[1:] or _ALL:
        print(f"\n## {name}\n")
        _ALL[name]()
