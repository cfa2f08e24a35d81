"""A line that is spoken several times is kept; a decoder loop is not."""

from __future__ import annotations

import pytest

from engine.speech.repetition import Loop, borne_out, loops, short_borne_out, short_loops

LINE = ["welcome", "to", "my", "channel"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (LINE * 4, [Loop(0, 16, 4)]),
        (["so", *LINE * 5, "and", "that", "is", "it"], [Loop(1, 21, 4)]),
        (LINE * 3, []),
        (["no"] * 4, []),
        (["no"] * 12 + LINE * 4, [Loop(0, 12, 1), Loop(12, 28, 4)]),
        ([], []),
    ],
)
def test_a_loop_is_four_repetitions_over_at_least_twelve_words(words: list[str], found: list[Loop]) -> None:
    assert loops(words) == found


def repeated_line(count: int, word_s: float, pause_s: float = 0.6) -> list[tuple[str, float, float, float]]:
    """The line `rounds` times, with words of `word_s` and a pause after each line."""
    words, now = [], 0.0
    for _ in range(count):
        for word in LINE:
            words.append((f" {word}", now, now + word_s, 0.9))
            now += word_s
        now += pause_s
    return words


SPEECH = [(0.0, 60.0)]


def test_lines_supported_by_the_sound_are_kept() -> None:
    words = repeated_line(5, 0.3)
    lines = [(words[n][1], words[n + 3][2]) for n in range(0, len(words), 4)]
    assert borne_out(words, -0.2, lines)
    assert borne_out(words, -0.2, SPEECH)


@pytest.mark.parametrize(
    ("words", "log_probability", "speech"),
    [
        (repeated_line(5, 0.3), -0.2, []),
        (repeated_line(5, 0.3), -0.2, [(0.0, 1.2)]),
        (repeated_line(5, 0.3), -0.9, SPEECH),
        (repeated_line(5, 0.0, 0.0), -0.2, SPEECH),
        (repeated_line(5, 0.0, 0.6), -0.2, SPEECH),
        (repeated_line(40, 0.03, 0.0), -0.2, SPEECH),
        ([], -0.2, SPEECH),
    ],
    ids=[
        "no speech",
        "speech in one line only",
        "improbable",
        "no duration",
        "words without duration",
        "too fast",
        "empty",
    ],
)
def test_lines_not_supported_by_the_sound_are_dropped(
    words: list[tuple[str, float, float, float]], log_probability: float, speech: list[tuple[float, float]]
) -> None:
    assert not borne_out(words, log_probability, speech)


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["so", "5", "5", "5", "then we paint"], {1, 2, 3}),
        (["5", "6", "5", "6", "5", "6"], {0, 1, 2, 3, 4, 5}),
        (["no", "no"], set()),
        (["welcome to my channel"] * 5, set()),
        (["1", "2", "3", "4", "5"], set()),
        (["", "", ""], set()),
    ],
)
def test_short_segments_that_repeat_are_found(texts: list[str], found: set[int]) -> None:
    assert short_loops(texts, 3) == found


@pytest.mark.parametrize(
    ("start", "end", "log_probability", "speech", "said"),
    [
        (1.0, 1.3, -0.9, SPEECH, True),
        (1.0, 1.3, -1.1, SPEECH, False),
        (1.0, 1.02, -0.2, SPEECH, False),
        (1.0, 4.0, -0.2, SPEECH, False),
        (1.0, 1.3, -0.2, [(2.0, 3.0)], False),
    ],
    ids=["said", "improbable", "no time", "too long", "no speech"],
)
def test_the_sound_decides_about_a_short_segment(
    start: float, end: float, log_probability: float, speech: list[tuple[float, float]], said: bool
) -> None:
    assert short_borne_out([(" 5.", start, end, 0.9)], log_probability, speech) is said
