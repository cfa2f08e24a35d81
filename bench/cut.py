"""Suggestions and the automatic cut on generated takes with known fillers, restarts and right takes."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence

from engine.timeline import Clip, Cut, SuggestionKind, TakeWords, assemble, delete_words, suggest, words_of
from fixtures.readings import LINES, ReadTake, hour_of_speech, read_lines

_SEEDS = range(100, 110)
_RUNS = 5


def run() -> None:
    """Prints the tables."""
    _suggestions()
    _choices()
    _speed()


def _cut_of(takes: Sequence[ReadTake]) -> tuple[Cut, dict[str, TakeWords]]:
    clips = tuple(
        Clip(str(n), one.shot.id, 0, one.shot.media.ticks(one.shot.media.frame_rate or 30))
        for n, one in enumerate(takes, 1)
    )
    spoken = {one.shot.id: one.shot.words for one in takes if one.shot.words}
    return Cut("all takes", takes[0].shot.media.frame_rate or 30, 1920, 1080, clips), spoken


def _suggestions() -> None:
    """Counts words that a suggestion deletes, by take: a restart may be found across two takes, which is right too."""
    kinds: dict[str, tuple[SuggestionKind, ...]] = {
        "fillers": ("filler",),
        "restarts and readings": ("restart", "repeat", "aside"),
    }
    counts: dict[str, Counter[str]] = {name: Counter() for name in kinds}
    for seed in _SEEDS:
        for take in read_lines(seed=seed):
            cut, spoken = _cut_of([take])
            words = words_of(cut, spoken)
            unwanted = take.fillers | take.restarts | take.repeats
            truth = {"fillers": take.fillers, "restarts and readings": take.restarts | take.repeats}
            found = {
                name: {n for one in suggest(cut, spoken, kinds=some) for n in range(one.first, one.last)}
                for name, some in kinds.items()
            }
            every = set().union(*found.values())
            for name, numbers in found.items():
                wanted = {word.number for word in words if word.index in truth[name]}
                counts[name]["found"] += len(numbers)
                counts[name]["right"] += len({n for n in numbers if words[n].index in unwanted})
                counts[name]["wanted"] += len(wanted)
                # A filler within a false start is deleted with it.
                counts[name]["recalled"] += len(wanted & every)
    takes = len(_SEEDS) * len(read_lines())
    print(f"{takes} takes, true transcripts, suggestions with a confidence of 0.7 or more, by words\n")
    print("| | precision | recall | words |\n| --- | ---: | ---: | ---: |")
    for name, one in counts.items():
        precision, recall = one["right"] / one["found"], one["recalled"] / one["wanted"]
        print(f"| {name} | {precision:.3f} | {recall:.3f} | {one['wanted']} |")
    print()


def _choices() -> None:
    print("| | right take | lines |\n| --- | ---: | ---: |")
    for title, script in (("without a script", ""), ("with the script", "\n".join(LINES))):
        right = lines = 0
        for seed in _SEEDS:
            takes = read_lines(seed=seed)
            right_ones = {one.shot.id for one in takes if one.right}
            assembly = assemble("auto", [one.shot for one in takes], script)
            lines += len(right_ones)
            right += len(right_ones & set(assembly.cut.takes)) - max(0, len(assembly.cut.clips) - len(right_ones))
        print(f"| {title} | {right / lines:.3f} | {lines} |")
    print()


def _speed() -> None:
    takes = hour_of_speech()
    cut, spoken = _cut_of(takes)
    words = words_of(cut, spoken)
    print(f"{float(cut.duration) / 60:.0f} minutes, {len(words)} words, median of {_RUNS} runs, CPU time\n")
    print("| | s |\n| --- | ---: |")
    print(f"| all suggestions | {_seconds(lambda: suggest(cut, spoken)):.2f} |")
    delete = _seconds(lambda: words_of(delete_words(cut, spoken, [(5000, 5001)]), spoken))
    print(f"| deletion of a word, and the words after it | {delete:.3f} |")
    shots = [one.shot for one in takes]
    print(f"| automatic cut without a script | {_seconds(lambda: assemble('auto', shots)):.2f} |")
    print(f"| automatic cut with a script | {_seconds(lambda: assemble('auto', shots, chr(10).join(LINES))):.2f} |")


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)
