"""Isolation is weaker where it harms speech, and only there."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soxr

from engine.sound.dialog.analysis import analyze_levels
from engine.sound.dialog.isolation_check import HEARD_RATE, IsolationCheck, Recognizer, speech_stretches
from engine.sound.dialog.scratch import Scratch
from engine.sound.dialog.strength import StrengthCurve
from engine.sound.dialog.word_losses import HeardWord

from .voices import RATE, Samples, blocks, hiss, voice

# Half of the speech is above it, and the noise is not.
_LIMIT = 0.01


def words_by_level(samples: Samples) -> list[HeardWord]:
    """A recognizer that hears a word in each half second whose level is above a limit."""
    half = HEARD_RATE // 2
    found = []
    for number in range(len(samples) // half):
        level = float(np.sqrt(np.mean(np.square(samples[number * half : (number + 1) * half]))))
        if level > _LIMIT:
            found.append(HeardWord(f"word{number}", number / 2, number / 2 + 0.5, 0.9))
    return found


def checked(
    tmp_path: Path,
    dry: Samples,
    wet: Samples,
    hear: Recognizer | None,
    share: float = 1.0,
    size: int = 30_000,
    known: Sequence[HeardWord] | None = None,
) -> tuple[StrengthCurve, IsolationCheck]:
    levels, scratch = analyze_levels(blocks(dry)), Scratch(tmp_path / "dry", blocks(dry))
    check = IsolationCheck(scratch, levels, levels.speaking(None), None, share, hear, known=known)
    curve, _ = check.strength(Scratch(tmp_path / "wet", check.watch(blocks(wet, size))))
    return curve, check


def harmed(speech: Samples, start: float, end: float) -> Samples:
    wet = speech.copy()
    wet[round(start * RATE) : round(end * RATE)] *= 0.02
    return wet


@pytest.mark.parametrize("hear", [words_by_level, None], ids=["words", "levels"])
def test_only_the_harmed_stretch_is_weaker(tmp_path: Path, hear: Callable[..., Sequence[HeardWord]] | None) -> None:
    speech = np.concatenate([voice()] * 3)
    dry = speech + hiss(len(speech), 0.004)
    curve, _ = checked(tmp_path, dry, harmed(speech, 4.0, 5.0), hear)

    assert curve.stretches
    assert all(3.0 < one.start < one.end < 6.5 for one in curve.stretches)
    cells = curve.cells()
    assert min(cells[40:50]) <= 0.75
    assert min(cells[:28]) == min(cells[75:]) == 1.0


def test_good_isolation_keeps_its_full_strength(tmp_path: Path) -> None:
    speech = voice()
    for hear in (words_by_level, None):
        curve, _ = checked(tmp_path, speech + hiss(len(speech), 0.02), speech, hear)
        assert curve.stretches == ()
        assert curve.least == 1


def test_noise_that_hides_words_is_no_evidence_against_isolation(tmp_path: Path) -> None:
    """Before isolation the recognizer hears words that it is unsure of; after it, other words, for sure."""
    speech = voice()
    calls: list[int] = []

    def hear(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        text, probability = ("garbled", 0.3) if len(calls) % 2 else ("right", 0.9)
        return [HeardWord(text, 1.0, 2.0, probability)]

    curve, check = checked(tmp_path, speech + hiss(len(speech), 0.05), speech, hear)
    assert curve.stretches == ()
    assert calls
    assert check.heard_s > 0


@pytest.mark.parametrize(("after", "weaker"), [(0.6, False), (0.3, True)])
def test_a_small_change_of_the_confidence_is_no_evidence(tmp_path: Path, after: float, weaker: bool) -> None:
    speech = voice()
    calls: list[int] = []

    def hear(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        # The second call hears the isolated voice; with some noise, the words are those of the recording.
        text, probability = ("after", after) if len(calls) == 2 else ("before", 0.8)
        return [HeardWord(f"{text}{n}", 1 + n / 2, 1.4 + n / 2, probability) for n in range(3)]

    curve, _ = checked(tmp_path, speech + hiss(len(speech), 0.05), speech, hear)
    assert bool(curve.stretches) is weaker


def test_words_that_the_model_is_unsure_of_weaken_nothing(tmp_path: Path) -> None:
    speech = voice()
    calls: list[int] = []

    def hear(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        return [] if len(calls) == 2 else [HeardWord(f"guess{n}", 1 + n / 2, 1.4 + n / 2, 0.5) for n in range(4)]

    curve, _ = checked(tmp_path, speech + hiss(len(speech), 0.05), speech, hear)
    assert len(calls) == 2
    assert curve.stretches == ()


def test_words_that_no_mix_brings_back_weaken_nothing(tmp_path: Path) -> None:
    """A recognizer that hears words in the noise, and only at its full level."""
    speech = voice()
    calls: list[int] = []

    def hear(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        return [HeardWord("noise", 1.0, 1.4, 0.8)] if len(calls) == 1 else []

    curve, _ = checked(tmp_path, speech + hiss(len(speech), 0.05), speech, hear)
    assert len(calls) > 2
    assert curve.stretches == ()


def test_unchanged_speech_is_not_heard(tmp_path: Path) -> None:
    speech = voice() + hiss(len(voice()), 0.0001)
    calls: list[int] = []

    def hear(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        return []

    _, check = checked(tmp_path, speech, speech, hear)
    assert calls == []
    assert check.heard_s == 0


def test_block_sizes_do_not_matter(tmp_path: Path) -> None:
    speech = voice()
    dry, wet = speech + hiss(len(speech), 0.004), harmed(speech, 2.0, 3.0)
    found = [checked(tmp_path, dry, wet, words_by_level, size=size)[0].stretches for size in (4800, 33_333, len(wet))]
    assert found[0] == found[1] == found[2]


def test_long_speech_is_divided_at_quiet_moments() -> None:
    speech = np.tile(voice(), 10)
    levels = analyze_levels(blocks(speech + hiss(len(speech), 0.001)))
    speaking = levels.speaking(None)
    stretches = speech_stretches(levels, speaking, [(0, len(speech) // RATE)])  # type: ignore[list-item]
    assert len(stretches) > 2
    assert all(one.stop - one.start <= 2800 for one in stretches)
    assert all(first.stop == second.start for first, second in itertools.pairwise(stretches))
    assert not any(speaking[one.stop - 3 : one.stop + 3].any() for one in stretches[:-1])


def test_a_failing_recognizer_ends_the_check(tmp_path: Path) -> None:
    def hear(samples: Samples) -> list[HeardWord]:
        raise RuntimeError("no model")

    speech = voice()
    with pytest.raises(RuntimeError, match="no model"):
        checked(tmp_path, speech + hiss(len(speech), 0.05), speech, hear)


def spoken(*texts: str, probability: float = 0.9) -> list[HeardWord]:
    return [HeardWord(text, 1 + n / 2, 1.4 + n / 2, probability) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("after", "shared"),
    [(["one", "two", "three"], True), (["one", "two"], False), (["one", "two", "uncertain"], False)],
    ids=["equal", "lost", "uncertain"],
)
def test_a_transcript_replaces_the_first_hearing_where_it_agrees(
    tmp_path: Path, after: list[str], shared: bool
) -> None:
    """The recording is heard only where words of the transcript are missing after isolation, or uncertain."""
    speech = voice()
    calls: list[int] = []

    def hear(samples: Samples) -> list[HeardWord]:
        calls.append(len(samples))
        found = spoken(*after)
        return [*found[:-1], replace(found[-1], probability=0.55)] if after[-1] == "uncertain" else found

    dry = speech + hiss(len(speech), 0.05)
    curve, check = checked(tmp_path, dry, speech, hear, known=spoken("one", "two", "three", probability=0.9))
    assert len(calls) == (1 if shared else 2)
    assert check.heard_s > 0
    assert check.shared_s == (check.heard_s if shared else 0)
    # The recording, heard in the same way, has no more words than the isolated voice.
    assert curve.stretches == ()


def test_a_loss_that_both_hearings_show_weakens_isolation(tmp_path: Path) -> None:
    """The result is that without a transcript."""
    speech = np.concatenate([voice()] * 3)
    dry, wet = speech + hiss(len(speech), 0.004), harmed(speech, 4.0, 5.0)
    known = words_by_level(np.asarray(soxr.resample(dry, RATE, HEARD_RATE), np.float32))
    without, _ = checked(tmp_path, dry, wet, words_by_level)
    curve, check = checked(tmp_path, dry, wet, words_by_level, known=known)
    assert curve.stretches == without.stretches != ()
    assert check.shared_s == 0
