"""Every rule reports the cue that violates it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from engine.speech.captions import Cue, lint

CALM = "The water is flat."


def cue(start: float, end: float, text: str = CALM) -> Cue:
    return Cue(Fraction(str(start)), Fraction(str(end)), text)


@pytest.mark.parametrize(
    ("second", "rule", "measured", "allowed"),
    [
        (cue(4, 6, ""), "empty", 0, 1),
        (cue(4, 6, "a\n\nb"), "empty", 2, 3),
        (cue(4, 6, "a\nb\nc"), "lines", 3, 2),
        (cue(4, 7, "x" * 43), "line-length", 43, 42),
        (cue(4, 7, "日" * 22), "line-length", 44, 42),
        (cue(4, 4.8, "Yes."), "shortest", 0.8, 5 / 6),
        (cue(4, 11.5), "longest", 7.5, 7),
        (cue(4, 5, "x" * 20), "reading-speed", 20, 17),
        (cue(5, 4), "order", -1, 0),
        (cue(0.5, 9), "order", -0.5, 0),
        (cue(2.5, 6), "overlap", 0.5, 0),
        (cue(3.05, 6), "gap", 0.05, 1 / 12),
        (cue(18, 22), "across-cut", 2, 0),
    ],
)
def test_a_finding_names_its_cue(second: Cue, rule: str, measured: float, allowed: float) -> None:
    findings = lint([cue(1, 3), second], cuts=[Fraction(20)])
    found = [finding for finding in findings if finding.rule == rule]
    assert [(finding.cue, finding.allowed) for finding in found] == [(2, pytest.approx(allowed))]
    assert found[0].measured == pytest.approx(measured)
    assert "ue 2" in found[0].what


def test_good_captions_have_no_findings() -> None:
    assert lint([cue(1, 3), cue("3.0834", 5)], cuts=[Fraction(3), Fraction(5)]) == []  # type: ignore[arg-type]


def test_the_minimum_gap_is_two_frames() -> None:
    pair = [cue(1, 3), cue(3.05, 5)]
    assert [finding.rule for finding in lint(pair, frame=Fraction(1, 24))] == ["gap"]
    assert lint(pair, frame=Fraction(1, 50)) == []


def test_a_reading_speed_finding_names_the_available_time() -> None:
    (alone,) = lint([cue(0, 1, "x" * 20)])
    assert "could last 6.000 s longer" in alone.what
    (pressed,) = lint([cue(0, 1, "x" * 20), cue("1.0834", 3)])  # type: ignore[arg-type]
    assert "cannot last longer" in pressed.what


def test_shots_too_short_for_a_caption_count_as_one() -> None:
    cuts = [Fraction(n, 4) for n in range(4, 12)]
    assert [finding.rule for finding in lint([cue(1, 2, "Flat.")], cuts=cuts)] == []
    assert [finding.rule for finding in lint([cue(0.5, 1.5, "Flat.")], cuts=cuts)] == ["across-cut"]
