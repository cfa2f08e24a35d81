"""Named voices are recognised, each once."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from engine.speech import name_voices
from engine.speech.diarize import KnownVoice, Voice, match_known_voices


def unit(*values: float) -> tuple[float, ...]:
    return tuple(np.array(values) / np.linalg.norm(values))


def voice(name: str, *values: float) -> Voice:
    return Voice(id=name, seconds=Fraction(9), embedding=unit(*values))


ADA = KnownVoice(name="Ada", embeddings=(unit(1, 0, 0), unit(0.9, 0.4, 0)))
BEN = KnownVoice(name="Ben", embeddings=(unit(0, 1, 0),))


def test_a_voice_like_a_known_one_gets_its_name() -> None:
    assert match_known_voices([voice("S1", 0, 1, 0.2), voice("S2", 1, 0.1, 0)], [ADA, BEN]) == {
        "S1": "Ben",
        "S2": "Ada",
    }


def test_an_unknown_voice_has_no_name() -> None:
    assert match_known_voices([voice("S1", 0, 0, 1)], [ADA, BEN]) == {}


def test_a_name_is_given_to_the_closest_voice_only() -> None:
    assert match_known_voices([voice("S1", 0.8, 0, 0.6), voice("S2", 1, 0, 0)], [ADA]) == {"S2": "Ada"}


def test_similar_voices_may_share_a_name() -> None:
    voices = [voice("S1", 1, 0, 0), voice("S2", 0.9, 0.4, 0), voice("S3", 0.95, 0.1, 0)]
    assert match_known_voices(voices, [ADA]) == {"S1": "Ada", "S2": "Ada"}


def test_a_given_name_overrides_the_similarity() -> None:
    known = name_voices([voice("S1", 1, 0, 0), voice("S2", 0, 1, 0)], {"S1": "Ada", "S2": "Ben"}, [])
    other = [voice("S1", 0.95, 0.2, 0.1)]
    known = name_voices(other, {"S1": "Ben"}, known)
    assert match_known_voices(other, known) == {"S1": "Ben"}
    # The voice that was named Ada is still Ada.
    assert match_known_voices([voice("S1", 1, 0, 0)], known) == {"S1": "Ada"}


def test_a_renamed_voice_loses_its_previous_name() -> None:
    voices = [voice("S1", 1, 0, 0)]
    known = name_voices(voices, {"S1": "Ben"}, name_voices(voices, {"S1": "Ada"}, []))
    assert known == (KnownVoice(name="Ben", embeddings=(unit(1, 0, 0),)),)


def test_voices_of_another_model_do_not_match() -> None:
    assert match_known_voices([voice("S1", 1, 0)], [ADA, BEN]) == {}
    assert match_known_voices([], [ADA]) == {}
    assert match_known_voices([voice("S1", 1, 0, 0)], []) == {}
