"""Suggestions and the automatic cut on generated takes with known fillers, restarts and right takes."""

from __future__ import annotations

import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import soxr

from engine.speech import locate_model, match_words, open_transcriber
from engine.timeline import (
    Clip,
    Cut,
    SuggestionKind,
    TakeWords,
    assemble,
    delete_words,
    suggest,
    take_words,
    words_of,
)
from fixtures.lines import Phrase
from fixtures.readings import LINES, ReadTake, hour_of_speech, read_lines
from fixtures.sound import RATE, speak

_SEEDS = range(100, 110)
_RUNS = 5
_RATE = Fraction(30)
_SPOKEN = 24
_HEARD_RATE = 16_000


def run() -> None:
    """Prints the tables."""
    _suggestions()
    _choices()
    _speed()
    _heard()


def _cut_of(takes: Sequence[ReadTake]) -> tuple[Cut, dict[str, TakeWords]]:
    clips = tuple(Clip(str(n), one.shot.id, 0, one.shot.media.ticks(_RATE)) for n, one in enumerate(takes, 1))
    spoken = {one.shot.id: one.shot.words for one in takes if one.shot.words}
    return Cut("all takes", _RATE, 1920, 1080, clips), spoken


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
                wanted = {word.number for word in words if word.place in truth[name]}
                counts[name]["found"] += len(numbers)
                counts[name]["right"] += len({n for n in numbers if words[n].place in unwanted})
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


def _heard() -> None:
    """The same with the words that a small speech model recognises, spoken by eSpeak NG: fillers are often left out."""
    transcriber = open_transcriber()
    unwanted = heard = deleted = right = others = wrong = 0
    takes = read_lines(seed=100)[:_SPOKEN]
    voices = speak([Phrase(Fraction(0), " ".join(word.text for word in one.transcript.words)) for one in takes])
    for take, voice in zip(takes, voices, strict=True):
        found = transcriber.transcribe(soxr.resample(voice, RATE, _HEARD_RATE).astype(np.float32))
        pairs = match_words(take.transcript.words, found.words)
        bad = take.fillers | take.restarts | take.repeats
        spoken = {"take": take_words("take", found)}
        cut = Cut("take", _RATE, 1920, 1080, (Clip("1", "take", 0, len(voice) * 30 // RATE + 1),))
        kinds: tuple[SuggestionKind, ...] = ("filler", "restart", "repeat", "aside")
        numbers = {n for one in suggest(cut, spoken, kinds=kinds) for n in range(one.first, one.last)}
        wanted = {place for n, place in pairs.items() if n not in bad}
        unwanted += len(bad)
        heard += len(bad & pairs.keys())
        deleted += len(numbers)
        right += len({pairs[n] for n in bad if n in pairs} & numbers)
        others += len(wanted)
        wrong += len(wanted & numbers)
    print(f"\n{len(takes)} takes by eSpeak NG, transcribed with {locate_model().id}\n")
    print("| | words |\n| --- | ---: |")
    print(f"| unwanted words said | {unwanted} |\n| of these transcribed | {heard} |")
    print(f"| of these deleted by suggestions | {right} |")
    print(f"| all words deleted by suggestions | {deleted} |")
    print(f"| wanted words transcribed | {others} |\n| of these deleted | {wrong} |")


def _seconds(work: Callable[[], object]) -> float:
    times = []
    for _ in range(_RUNS):
        begin = time.process_time()
        work()
        times.append(time.process_time() - begin)
    return statistics.median(times)
